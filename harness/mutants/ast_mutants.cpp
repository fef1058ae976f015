// SPDX-License-Identifier: Apache-2.0 OR MIT
// The mutation operators. A place is used once for each replacement, however often templates were instantiated.
#include "harness/mutants/ast_mutants.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "harness/input_error.h"
#include "harness/mutants/ast_walk.h"

namespace vtd::harness::mutants {
namespace {

struct Replacement {
  const char* oper;
  std::vector<std::string> with;
};

const std::map<std::string, Replacement>& binary_operators() {
  static const std::map<std::string, Replacement> table = {
      {"+", {"AOR", {"-"}}},        {"-", {"AOR", {"+"}}},        {"*", {"AOR", {"+"}}},
      {"/", {"AOR", {"*"}}},        {"%", {"AOR", {"/"}}},        {"<<", {"SOR", {">>"}}},
      {">>", {"SOR", {"<<"}}},      {"&", {"BOR", {"|"}}},        {"|", {"BOR", {"&"}}},
      {"^", {"BOR", {"|"}}},        {"<", {"ROR", {"<=", ">="}}}, {"<=", {"ROR", {"<", ">"}}},
      {">", {"ROR", {">=", "<="}}}, {">=", {"ROR", {">", "<"}}},  {"==", {"ROR", {"!="}}},
      {"!=", {"ROR", {"=="}}},      {"&&", {"LCR", {"||"}}},      {"||", {"LCR", {"&&"}}},
      {"+=", {"AOR", {"-="}}},      {"-=", {"AOR", {"+="}}},      {"*=", {"AOR", {"+="}}},
      {"|=", {"BOR", {"&="}}},      {"&=", {"BOR", {"|="}}}};
  return table;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_integer(const std::string& type) {
  return is_one_of(type, {"int", "unsigned int", "long", "unsigned long", "unsigned char", "unsigned short", "bool"});
}

bool is_pointer(const std::string& type) { return type.ends_with("*"); }

class Walk {
 public:
  Walk(const std::string& source, const std::string& file) : source_(source), stem_(file) {
    stem_.erase(0, stem_.rfind('/') + 1);
    stem_.erase(stem_.find('.'));
  }

  void declaration(const Node& node) {
    if (range_of(node)) visit(node);
  }

  std::vector<AstMutant> mutants() {
    std::sort(found_.begin(), found_.end(), [](const AstMutant& a, const AstMutant& b) {
      return std::tie(a.edit.begin, a.edit.end, a.wrong) < std::tie(b.edit.begin, b.edit.end, b.wrong);
    });
    std::map<std::string, unsigned> counts;
    for (AstMutant& mutant : found_) {
      mutant.id = fmt::format("{}.{}", mutant.id, ++counts[mutant.id]);
      mutant.edit.id = mutant.id;
    }
    return found_;
  }

 private:
  void visit(const Node& node) {
    const std::string kind = kind_of(node);
    if (is_constant(node, kind)) return;
    const std::string outer = function_;
    const std::string name = text_at(node, "name");
    if (kind.ends_with("Decl") && node.contains("mangledName") && !name.starts_with("operator()") && kind != "VarDecl")
      function_ = name;
    if (range_of(node)) mutate(node, kind);
    // The compiler wrote most of a range-based loop itself; its body comes last.
    const auto inner = children(node);
    if (kind == "CXXForRangeStmt")
      visit(*inner.back());
    else
      for (const Node* child : inner) visit(*child);
    function_ = outer;
  }

  // Where the language wants a constant expression, or where the compiler evaluates.
  static bool is_constant(const Node& node, const std::string& kind) {
    return flag_at(node, "constexpr") ||
           is_one_of(kind, {"ConstantExpr", "StaticAssertDecl", "EnumDecl", "TemplateArgument", "CXXDefaultArgExpr"});
  }

  void mutate(const Node& node, const std::string& kind) {
    if (kind == "BinaryOperator" || kind == "CompoundAssignOperator") return binary(node);
    if (kind == "UnaryOperator") return unary(node);
    if (kind == "IntegerLiteral") return number(node);
    if (kind == "CXXBoolLiteralExpr") return add(node, "CRP", source_text(node) == "true" ? "false" : "true");
    if (kind == "CallExpr" || kind == "CXXMemberCallExpr") return arguments(node);
    if (kind == "CompoundStmt") return statements(node);
    if (kind == "IfStmt" || kind == "WhileStmt" || kind == "ForStmt" || kind == "ConditionalOperator")
      return condition(node, kind);
  }

  void binary(const Node& node) {
    const auto operands = children(node);
    const auto found = binary_operators().find(text_at(node, "opcode"));
    if (operands.size() != 2 || found == binary_operators().end()) return;
    const auto left = range_of(*operands[0]), right = range_of(*operands[1]);
    if (!left || !right) return;
    const std::string& opcode = found->first;
    const bool pointers = is_pointer(type_of(*operands[0])) || is_pointer(type_of(*operands[1]));
    if (pointers && !is_one_of(opcode, {"==", "!="})) return;
    for (const std::string& with : found->second.with)
      add(node, found->second.oper, text(*left) + " " + with + " " + text(*right));
    if (opcode != "&&" && opcode != "||") return;
    add(node, "LOR", text(*left));
    add(node, "LOR", text(*right));
  }

  void unary(const Node& node) {
    const std::string opcode = text_at(node, "opcode");
    const auto operands = children(node);
    if (operands.empty() || is_pointer(type_of(node))) return;
    const auto operand = range_of(*operands.front());
    if (!operand) return;
    const bool after = flag_at(node, "isPostfix");
    if (opcode == "!" || opcode == "~" || opcode == "-") add(node, opcode == "!" ? "NEG" : "AOR", text(*operand));
    if (opcode == "++") add(node, "INC", after ? text(*operand) + "--" : "--" + text(*operand));
    if (opcode == "--") add(node, "INC", after ? text(*operand) + "++" : "++" + text(*operand));
  }

  void number(const Node& node) {
    const unsigned long long value = std::stoull(text_at(node, "value"));
    const std::string type = type_of(node);
    const std::string suffix = type == "unsigned int" ? "u" : type == "unsigned long" ? "ul" : "";
    add(node, "CRP", std::to_string(value + 1) + suffix);
    if (value != 0) add(node, "CRP", std::to_string(value - 1) + suffix);
  }

  void arguments(const Node& node) {
    const auto nodes = children(node);
    for (std::size_t i = 1; i + 1 < nodes.size(); ++i) {
      const auto call = range_of(node), a = range_of(*nodes[i]), b = range_of(*nodes[i + 1]);
      const std::string type = type_of(*nodes[i]);
      if (!call || !a || !b || a->end > b->begin || type != type_of(*nodes[i + 1]) || text(*a) == text(*b)) continue;
      if (!is_integer(type) && !is_pointer(type)) continue;
      const std::string between = source_.substr(a->end, b->begin - a->end);
      const Range before{call->begin, a->begin}, behind{b->end, call->end};
      add(node, "ASW", text(before) + text(*b) + between + text(*a) + text(behind));
    }
  }

  // Statements that do something and declare nothing; `return` and loops stay, since without them there is no program.
  void statements(const Node& block) {
    for (const Node* node : children(block)) {
      const std::string kind = kind_of(bare(*node));
      const bool leaves = kind == "IfStmt" && !flag_at(*node, "hasElse");
      if (leaves || is_one_of(kind, {"CallExpr", "CXXMemberCallExpr", "CompoundAssignOperator", "UnaryOperator",
                                     "BinaryOperator", "CXXOperatorCallExpr", "ContinueStmt"}))
        remove(*node);
    }
  }

  static bool ends_in_block(const Node& node) {
    if (kind_of(node) == "IfStmt") return ends_in_block(*children(node).back());
    return kind_of(node) == "CompoundStmt";
  }

  void remove(const Node& node) {
    auto range = range_of(node);
    if (!range) return;
    if (!ends_in_block(node)) range->end = source_.find(';', range->end) + 1;
    note(*range, Form::statement, "SDL", "");
  }

  // Conditions that no other operator changes.
  void condition(const Node& node, const std::string& kind) {
    const auto parts = children(node);
    const std::size_t at = kind == "IfStmt" ? static_cast<std::size_t>(flag_at(node, "hasVar")) +
                                                  static_cast<std::size_t>(flag_at(node, "hasInit"))
                                            : 0;
    if (kind == "ForStmt" || at >= parts.size()) return;
    const Node& test = bare(*parts[at]);
    if (range_of(*parts[at]) &&
        is_one_of(kind_of(test), {"CallExpr", "CXXMemberCallExpr", "DeclRefExpr", "MemberExpr"}))
      add(*parts[at], "NEG", "!(" + source_text(*parts[at]) + ")");
  }

  void add(const Node& node, const char* oper, const std::string& wrong) {
    if (const std::optional<Range> range = range_of(node)) note(*range, Form::expression, oper, wrong);
  }

  void note(Range range, Form form, const char* oper, const std::string& wrong) {
    if (function_.empty() || !seen_.emplace(range.begin, range.end, form, wrong).second) return;
    AstMutant mutant;
    mutant.id = fmt::format("{}.{}.{}", stem_, function_, oper);
    mutant.oper = oper;
    mutant.line = 1 + static_cast<unsigned>(std::count(
                          source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(range.begin), '\n'));
    mutant.right = text(range);
    mutant.wrong = wrong;
    mutant.edit = {range.begin, range.end, form, wrong, 0, ""};
    found_.push_back(mutant);
  }

  std::string text(Range range) const { return source_.substr(range.begin, range.end - range.begin); }
  std::string source_text(const Node& node) const {
    const std::optional<Range> range = range_of(node);
    return range ? text(*range) : std::string();
  }

  const std::string& source_;
  std::string stem_, function_;
  std::vector<AstMutant> found_;
  std::set<std::tuple<std::size_t, std::size_t, Form, std::string>> seen_;
};

}  // namespace

std::vector<AstMutant> ast_mutants(const std::string& tree, const std::string& source, const std::string& file) try {
  Walk walk(source, file);
  std::istringstream in(tree);  // one tree after the other, for each that the filter lets through
  do {
    Node node;
    in >> node;
    walk.declaration(node);
  } while (!(in >> std::ws).eof());
  return walk.mutants();
} catch (const Node::exception&) {
  throw InputError{fmt::format("{}: expected the syntax trees that clang writes as JSON", file)};
}

}  // namespace vtd::harness::mutants

// SPDX-License-Identifier: Apache-2.0 OR MIT
// plant_mutants: copies sources into another folder with mutants planted in them, and writes down which they are.
//
//   plant_mutants --root . --out build/mutants/known --index known.json --data harness/mutants/known engine/*.cpp ...
//   plant_mutants --root . --out ... --index ... --clang clang++-19 --argued argued.json engine/*.cpp ...
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/input_error.h"
#include "harness/mutants/ast_mutants.h"
#include "harness/mutants/index.h"
#include "harness/mutants/mutant.h"
#include "harness/mutants/plant.h"

namespace {

namespace fs = std::filesystem;
using namespace vtd::harness;
using namespace vtd::harness::mutants;

struct Options {
  fs::path root, out, index, argued;
  std::vector<fs::path> data;
  std::string kind, clang;
  unsigned first = 1;                      // number
  std::size_t per_line = 0, per_file = 0;  // 0: all
  std::vector<std::string> files;          // from the root
};

std::string contents_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw InputError{fmt::format("{}: cannot be read", path.string())};
  return text.str();
}

// Files that stay as they are keep their time, so that nothing is compiled again.
void write_if_changed(const fs::path& path, const std::string& text) {
  if (fs::exists(path) && contents_of(path) == text) return;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw InputError{fmt::format("{}: cannot be written", path.string())};
}

std::string syntax_tree_of(const Options& o, const std::string& file) {
  const std::string command =
      fmt::format("'{}' -std=c++20 -I'{}' -fsyntax-only -Xclang -ast-dump=json -Xclang -ast-dump-filter=vtd '{}'",
                  o.clang, o.root.string(), (o.root / file).string());
  const auto close = [](FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::string text;
  std::vector<char> buffer(1 << 20);
  while (pipe != nullptr) {
    const std::size_t bytes = fread(buffer.data(), 1, buffer.size(), pipe.get());
    if (bytes == 0) break;
    text.append(buffer.data(), bytes);
  }
  return text;
}

// Of a name alone, so that the choice does not change with what stands elsewhere.
std::uint64_t hash_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// As many mutants of each line, and of the file, as were asked for. Mutants of one line mostly share one fate.
std::vector<AstMutant> chosen(std::vector<AstMutant> mutants, const Options& o) {
  std::sort(mutants.begin(), mutants.end(),
            [](const AstMutant& a, const AstMutant& b) { return hash_of(a.id) < hash_of(b.id); });
  std::map<unsigned, std::size_t> of_line;
  if (o.per_line != 0) std::erase_if(mutants, [&](const AstMutant& m) { return ++of_line[m.line] > o.per_line; });
  if (o.per_file != 0 && mutants.size() > o.per_file) mutants.resize(o.per_file);
  std::sort(mutants.begin(), mutants.end(), [](const AstMutant& a, const AstMutant& b) { return a.line < b.line; });
  return mutants;
}

class Planting {
 public:
  explicit Planting(const Options& o) : o_(o) {
    index_.kind = o.kind;
    for (const std::string& file : o.files) sources_[file] = contents_of(o.root / file);
  }

  void run() {
    o_.clang.empty() ? written_by_hand() : made_from_trees();
    for (const auto& [file, source] : sources_) {
      const auto found = edits_.find(file);
      write_if_changed(o_.out / file, found == edits_.end() ? source : planted(source, found->second));
    }
    write_if_changed(o_.index, as_json(index_));
    fmt::print("{}: {} mutants\n", o_.kind, index_.mutants.size());
  }

 private:
  void written_by_hand() {
    for (const fs::path& folder : o_.data)
      for (const Mutant& mutant : read_mutants(folder)) written(mutant);
  }

  void written(const Mutant& mutant) {
    if (o_.kind == "known" && mutant.seen.empty())
      throw InputError{fmt::format("mutant {}: seen is missing", mutant.id)};
    Planted entry;
    entry.id = mutant.id;
    entry.name = mutant.name;
    entry.invariants = mutant.invariants;
    entry.what = mutant.cannot_exist.empty() ? mutant.what : mutant.cannot_exist;
    entry.seen = mutant.seen;
    entry.caught_by = mutant.caught_by;
    if (!mutant.cannot_exist.empty()) {
      index_.cannot_exist.push_back(entry);
      return;
    }
    entry.number = next_number();
    for (const Hunk& hunk : mutant.hunks) plant(mutant.id, hunk, entry);
    index_.mutants.push_back(entry);
  }

  void plant(const std::string& id, const Hunk& hunk, Planted& entry) {
    const auto source = sources_.find(hunk.file);
    if (source == sources_.end()) throw InputError{fmt::format("mutant {}: {} is not planted here", id, hunk.file)};
    const Edit edit = edit_of(hunk, source->second, entry.number, id);
    edits_[hunk.file].push_back(edit);
    if (!entry.file.empty()) return;
    const auto begin = source->second.begin();
    entry.file = hunk.file;
    entry.line = 1 + static_cast<unsigned>(std::count(begin, begin + static_cast<std::ptrdiff_t>(edit.begin), '\n'));
    entry.right = hunk.text.substr(hunk.first, hunk.bytes);
    entry.wrong = hunk.wrong;
  }

  void made_from_trees() {
    for (const auto& [file, source] : sources_) {
      if (!file.ends_with(".cpp")) continue;
      for (AstMutant& found : chosen(ast_mutants(syntax_tree_of(o_, file), source, file), o_)) {
        Planted entry;
        entry.number = found.edit.number = next_number();
        entry.id = entry.name = found.id;
        entry.file = file;
        entry.line = found.line;
        entry.oper = found.oper;
        entry.right = found.right;
        entry.wrong = found.wrong;
        edits_[file].push_back(found.edit);
        index_.mutants.push_back(entry);
      }
    }
    if (o_.argued.empty()) return;
    const auto argued = nlohmann::json::parse(contents_of(o_.argued));
    for (const auto& about : argued.at("equivalent")) argued_of(about).equivalent = about.at("because");
    for (const auto& about : argued.at("open")) argued_of(about).open = about.at("because");
  }

  // An argument belongs to one replacement: when the source has changed there, it has to be thought through again.
  Planted& argued_of(const nlohmann::json& about) {
    const std::string id = about.at("id");
    const auto found =
        std::find_if(index_.mutants.begin(), index_.mutants.end(), [&](const Planted& m) { return m.id == id; });
    if (found == index_.mutants.end() || found->right != about.at("right").get<std::string>() ||
        found->wrong != about.at("wrong").get<std::string>())
      throw InputError{fmt::format("{}: {}: the source has another mutant of this name, or none: argue anew",
                                   o_.argued.string(), id)};
    return *found;
  }

  unsigned next_number() const { return o_.first + static_cast<unsigned>(index_.mutants.size()); }

  const Options& o_;
  std::map<std::string, std::string> sources_;
  std::map<std::string, std::vector<Edit>> edits_;
  Index index_;
};

int run(int argc, char** argv) {
  Options o;
  CLI::App app{"Copies sources with mutants planted in them.", "plant_mutants"};
  app.add_option("--root", o.root, "The repository")->required();
  app.add_option("--out", o.out, "Where the planted sources go")->required();
  app.add_option("--index", o.index, "Where to write which mutants there are")->required();
  app.add_option("--kind", o.kind, "Their name in reports")->required();
  CLI::Option* data = app.add_option("--data", o.data, "Folders of .mutant files")->allow_extra_args(false);
  app.add_option("--clang", o.clang, "Make mutants from the syntax trees of this compiler")->excludes(data);
  app.add_option("--argued", o.argued, "Generated mutants that nothing can tell from the original, or nothing yet")
      ->excludes(data);
  app.add_option("--first", o.first, "Number of the first mutant; above all others where two kinds share a program");
  app.add_option("--per-line", o.per_line, "At most so many generated mutants of a line; 0: all");
  app.add_option("--per-file", o.per_file, "At most so many generated mutants of a file; 0: all");
  app.add_option("FILE", o.files, "Sources, from the root")->required();
  CLI11_PARSE(app, argc, argv);
  Planting(o).run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const InputError& error) {
  fmt::print(stderr, "plant_mutants: {}\n", error.message);
  return 2;
} catch (const std::exception& error) {
  fmt::print(stderr, "plant_mutants: {}\n", error.what());
  return 2;
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading `.mutant` files (README.md describes them).
#include "harness/mutants/mutant.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "harness/input_error.h"

namespace vtd::harness::mutants {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOpen = "@{", kClose = "}@";

class Reader {
 public:
  explicit Reader(const fs::path& file) : file_(file), in_(file) {
    if (!in_) fail("cannot be read");
  }

  Mutant read() {
    for (std::string line; next(line);) {
      if (line.empty()) continue;
      if (line.starts_with("<<<< "))
        hunk(line.substr(5));
      else
        field(line);
    }
    if (mutant_.id.empty() || mutant_.name.empty() || mutant_.what.empty()) fail("expected id, name and what");
    if (mutant_.hunks.empty() == mutant_.cannot_exist.empty()) fail("expected either a hunk or cannot-exist");
    return mutant_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError{fmt::format("{}:{}: {}", file_.string(), line_, what)};
  }

  bool next(std::string& line) {
    ++line_;
    return static_cast<bool>(std::getline(in_, line));
  }

  void field(const std::string& line) {
    const std::map<std::string, std::string*> fields = {{"id", &mutant_.id},
                                                        {"name", &mutant_.name},
                                                        {"invariants", &mutant_.invariants},
                                                        {"what", &mutant_.what},
                                                        {"seen", &mutant_.seen},
                                                        {"caught-by", &mutant_.caught_by},
                                                        {"cannot-exist", &mutant_.cannot_exist},
                                                        {"file", &source_}};
    const std::size_t space = std::min(line.find(' '), line.size());
    const auto found = fields.find(line.substr(0, space));
    if (found == fields.end() || space + 1 >= line.size())
      fail(fmt::format("'{}': expected id, name, invariants, what, seen, caught-by, cannot-exist or file, and a value",
                       line));
    *found->second = line.substr(space + 1);
  }

  void hunk(const std::string& form) {
    if (source_.empty()) fail("a hunk before any file");
    const std::map<std::string, Form> forms = {
        {"statement", Form::statement}, {"expression", Form::expression}, {"code", Form::code}};
    const auto found = forms.find(form);
    if (found == forms.end()) fail(fmt::format("'{}': expected statement, expression or code", form));
    Hunk hunk;
    hunk.file = source_;
    hunk.form = found->second;
    hunk.text = until("====");
    hunk.wrong = until(">>>>");
    // Context may end within a line, as an expression does.
    if (hunk.form == Form::expression || hunk.text.find(kOpen) != std::string::npos) trim_end(hunk.text);
    if (hunk.form == Form::expression) trim_end(hunk.wrong);
    mark(hunk);
    if (hunk.bytes == 0) fail("a hunk that replaces nothing");
    mutant_.hunks.push_back(hunk);
  }

  std::string until(std::string_view end) {
    std::string text;
    for (std::string line; next(line); text += line + "\n")
      if (line == end) return text;
    fail(fmt::format("expected a line {}", end));
  }

  static void trim_end(std::string& text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
  }

  // The part between @{ and }@ is replaced; all of it where nothing is marked.
  void mark(Hunk& hunk) const {
    const std::size_t open = hunk.text.find(kOpen), close = hunk.text.find(kClose);
    hunk.bytes = hunk.text.size();
    if (open == std::string::npos && close == std::string::npos) return;
    if (open == std::string::npos || close == std::string::npos || close < open) fail("@{ without }@, or the reverse");
    hunk.text.erase(close, kClose.size());
    hunk.text.erase(open, kOpen.size());
    hunk.first = open;
    hunk.bytes = close - open - kOpen.size();
  }

  fs::path file_;
  std::ifstream in_;
  unsigned line_ = 0;
  std::string source_;  // the file that hunks are of
  Mutant mutant_;
};

}  // namespace

Mutant read_mutant(const fs::path& file) { return Reader(file).read(); }

std::vector<Mutant> read_mutants(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".mutant") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Mutant> mutants;
  for (const fs::path& file : files) mutants.push_back(read_mutant(file));
  return mutants;
}

}  // namespace vtd::harness::mutants

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Makes what a fuzz target starts from out of scenario texts: raw inputs, the texts themselves, a dictionary. Needs
// nothing but the model, because build.sh of OSS-Fuzz runs it where the libraries of `vtdfuzz` are not installed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/scenario/scenario.h"

namespace {

namespace fs = std::filesystem;
namespace model = vtd::model;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* kUsage =
    "usage: seed_files inputs OUT MOST FOLDER...       raw inputs of at most MOST bytes, into the folder OUT\n"
    "       seed_files texts OUT MOST FOLDER...        the texts, for a target that reads them\n"
    "       seed_files dictionary OUT MOST FOLDER...   every distinct step of at most MOST bytes, into the file OUT\n"
    "       seed_files words OUT                       the words of the text form, into the file OUT\n";

struct Text {
  std::string name, content;
  model::Scenario scenario;
};

std::vector<Text> texts_in(const std::vector<fs::path>& folders) {
  std::vector<Text> texts;
  for (const fs::path& folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".vtd") continue;
      Text text;
      text.name = folder.filename().string() + "-" + entry.path().stem().string();
      std::ifstream in(entry.path(), std::ios::binary);
      text.content.assign(std::istreambuf_iterator<char>(in), {});
      if (const model::TextError error = model::parse_text(text.content, text.scenario))
        throw std::runtime_error(entry.path().string() + ":" + std::to_string(error.line) + ": " + error.message);
      texts.push_back(std::move(text));
    }
  }
  std::sort(texts.begin(), texts.end(), [](const Text& a, const Text& b) { return a.name < b.name; });
  return texts;
}

void write(const fs::path& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
}

std::string encoded(const model::Scenario& scenario) {
  Bytes bytes;
  model::encode(scenario, bytes);
  return {bytes.begin(), bytes.end()};
}

// As libFuzzer and AFL++ read it: one quoted string a line, what is not printable as \xNN.
std::string quoted(const std::string& word) {
  std::string line = "\"";
  for (const char c : word) {
    char escaped[5] = {c, 0};
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    if (!plain) std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
    line += escaped;
  }
  return line + "\"\n";
}

std::string dictionary(const std::set<std::string>& words) {
  std::string lines;
  for (const std::string& word : words) lines += quoted(word);
  return lines;
}

std::set<std::string> steps_of(const std::vector<Text>& texts, std::size_t most) {
  std::set<std::string> steps;
  for (const model::Operation& operation : model::operations()) steps.insert(encoded({{make_step(operation.op, {})}}));
  for (const Text& text : texts)
    for (const model::Step& step : text.scenario.steps)
      if (const std::string bytes = encoded({{step}}); bytes.size() <= most) steps.insert(bytes);
  return steps;
}

std::set<std::string> words_of_the_language() {
  std::set<std::string> words = {"vtd 1\n", "0x", "\n"};
  for (const model::Operation& operation : model::operations()) {
    words.insert(std::string(operation.name) + " ");
    for (const model::Operand& operand : operation.operands) {
      words.insert(std::string(" ") + operand.name + "=");
      for (const char* name : operand.names)
        if (*name != '\0') words.insert(name);
    }
  }
  for (const model::Preset& preset : model::presets()) words.insert(preset.name);
  return words;
}

std::size_t number(const std::string& text) {
  std::size_t read = 0;
  const unsigned long value = std::stoul(text, &read);
  if (read != text.size()) throw std::invalid_argument(text);
  return value;
}

bool run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "words") return write(words[1], dictionary(words_of_the_language())), true;
  if (words.size() < 4) return false;
  const fs::path out = words[1];
  const std::size_t most = number(words[2]);
  const std::vector<Text> texts = texts_in({words.begin() + 3, words.end()});
  if (words[0] == "dictionary") return write(out, dictionary(steps_of(texts, most))), true;
  if (words[0] != "inputs" && words[0] != "texts") return false;
  fs::create_directories(out);
  for (const Text& text : texts) {
    const std::string content = words[0] == "inputs" ? encoded(text.scenario) : text.content;
    if (content.size() <= most) write(out / (words[0] == "inputs" ? text.name : text.name + ".vtd"), content);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (run({argv + 1, argv + argc})) return 0;
    std::fputs(kUsage, stderr);
  } catch (const std::exception& error) { std::fprintf(stderr, "seed_files: %s\n", error.what()); }
  return 2;
}

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading and writing scenario files in their three forms.

#include "harness/cli/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>

#include "harness/fuzz_target.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;
using model::Scenario;

// More than any fuzz engine feeds a target: a larger file was not meant to be one.
constexpr std::size_t kMostRawBytes = 1u << 20;

std::span<const std::uint8_t> bytes_of(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

std::string_view magic() {
  return {reinterpret_cast<const char*>(model::kBinaryMagic.data()), model::kBinaryMagic.size()};
}

void load_text(const fs::path& path, const std::string& content, Scenario& out) {
  if (const model::TextError error = model::parse_text(content, out))
    throw InputError{fmt::format("{}:{}: {}", path.string(), error.line, error.message)};
  if (!content.ends_with('\n')) {
    const auto line = std::count(content.begin(), content.end(), '\n') + 1;
    throw InputError{
        fmt::format("{}:{}: the file ends within a line: expected a line end (is it truncated?)", path.string(), line)};
  }
}

// Every byte string decodes, so damage shows only in what a file does not say twice: its header and its canonical end.
void load_binary(const fs::path& path, std::string_view content, Scenario& out) {
  if (content.size() < magic().size())
    throw InputError{fmt::format("{}: the file ends within its header of {} bytes", path.string(), magic().size())};
  const auto version = static_cast<unsigned char>(content[4]);
  if (version != model::kBinaryMagic[4])
    throw InputError{
        fmt::format("{}: binary version {}: expected version {}", path.string(), version, model::kBinaryMagic[4])};
  const std::string_view body = content.substr(magic().size());
  model::decode(bytes_of(body), out, std::numeric_limits<std::size_t>::max());
  const std::string again = raw_bytes(out);
  if (again == body) return;
  const auto differ = std::mismatch(body.begin(), body.end(), again.begin(), again.end()).first;
  const auto at = static_cast<std::size_t>(differ - body.begin());
  throw InputError{at == body.size()
                       ? fmt::format("{}: the file ends within a step, after {} bytes (is it truncated?)",
                                     path.string(), content.size())
                       : fmt::format("{}: byte {}: expected the encoding that vtdfuzz writes (is it damaged?)",
                                     path.string(), at + magic().size())};
}

bool is_scenario_name(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".vtd" || extension == ".vtdb" ||
         (extension.empty() && !path.filename().string().starts_with('.'));
}

void add_directory(const fs::path& directory, std::vector<fs::path>& out) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file() && is_scenario_name(it->path())) found.push_back(it->path());
  if (error) throw InputError{fmt::format("{}: cannot be read: {}", directory.string(), error.message())};
  if (found.empty())
    throw InputError{fmt::format(
        "{}: no scenarios in this directory: expected *.vtd, *.vtdb or files without extension", directory.string())};
  std::sort(found.begin(), found.end());
  out.insert(out.end(), found.begin(), found.end());
}

class InputFile {
 public:
  explicit InputFile(const fs::path& path) : path_(path) {
    std::error_code error;
    if (fs::is_directory(path, error))
      throw InputError{fmt::format("{}: is a directory: expected a file", path.string())};
    errno = 0;
    in_.open(path, std::ios::binary);
    expect(in_.is_open());
  }
  std::string beginning(std::size_t most) {
    std::string content(most, '\0');
    in_.read(content.data(), static_cast<std::streamsize>(most));
    expect(!in_.bad());
    content.resize(static_cast<std::size_t>(in_.gcount()));
    return content;
  }
  std::string rest() {
    std::string content;
    while (in_.good()) content += beginning(std::size_t{1} << 20);
    return content;
  }

 private:
  void expect(bool good) const {
    if (!good) throw InputError{fmt::format("{}: cannot be read: {}", path_.string(), std::strerror(errno))};
  }

  fs::path path_;
  std::ifstream in_;
};

// What is neither text nor binary may be a fuzzer's input, but not what `vtdfuzz import` is for: that would hold, and
// say nothing.
void expect_raw(const fs::path& path, std::string_view content) {
  const std::string name = path.string();
  if (path.extension() == ".vtdb")
    throw InputError{fmt::format("{}: expected a binary scenario, which begins with \"VTDB\"", name)};
  if (content.starts_with("\177ELF") || content.starts_with("KDUMP   ") || content.starts_with("makedumpfile") ||
      path.extension() == ".json")
    throw InputError{fmt::format("{}: expected a scenario: `vtdfuzz import` makes one of a dump", name)};
  if (content.size() > kMostRawBytes)
    throw InputError{
        fmt::format("{}: expected a scenario: text begins with \"vtd 1\", binary with \"VTDB\", and raw fuzzer input "
                    "has at most 1 MiB",
                    name)};
}

}  // namespace

const char* form_name(Form form) {
  switch (form) {
    case Form::text:
      return "text";
    case Form::binary:
      return "binary";
    case Form::raw:
      return "raw";
  }
  return "";
}

std::string read_file(const fs::path& path) { return InputFile(path).rest(); }

Loaded load(const fs::path& path) {
  InputFile file(path);
  std::string content = file.beginning(kMostRawBytes + 1);
  const bool text = path.extension() == ".vtd" || content.starts_with("vtd ");
  const bool binary = !text && content.starts_with(magic().substr(0, 4));
  // Before the rest is read: it may be a dump, or have no end.
  if (!text && !binary) expect_raw(path, content);
  content += file.rest();
  Loaded loaded;
  loaded.bytes = content.size();
  loaded.form = text ? Form::text : binary ? Form::binary : Form::raw;
  if (text) {
    load_text(path, content, loaded.scenario);
  } else if (binary) {
    load_binary(path, content, loaded.scenario);
  } else {
    model::decode(bytes_of(content), loaded.scenario);
    drop_expectations(loaded.scenario);  // as the fuzz targets do, so that an artifact replays as what it was
  }
  return loaded;
}

std::vector<fs::path> scenario_files(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
      throw InputError{fmt::format("{}: does not exist: expected a scenario file or a directory of them", path)};
    if (fs::is_directory(status))
      add_directory(path, files);
    else
      files.emplace_back(path);
  }
  return files;
}

std::string raw_bytes(const Scenario& scenario) {
  std::vector<std::uint8_t> bytes;
  model::encode(scenario, bytes);
  return {bytes.begin(), bytes.end()};
}

std::string rendered(const Scenario& scenario, Form form) {
  switch (form) {
    case Form::text:
      return model::print_text(scenario);
    case Form::binary:
      return std::string(magic()) + raw_bytes(scenario);
    case Form::raw:
      return raw_bytes(scenario);
  }
  return {};
}

}  // namespace vtd::harness::cli

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Numbers, names, JSON and whole files.

#include "harness/cli/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "engine/takeover.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

struct StatusText {
  const char* name;
  const char* meaning;
};

// In the order of enum vtd_status, 0 downwards.
constexpr std::array<StatusText, 17> kStatus = {{
    {"VTD_OK", "taken over"},
    {"VTD_NO_MEMORY", "crash memory is too small or an allocation was refused"},
    {"VTD_BAD_ARGUMENT", "an argument is misaligned, empty or out of range"},
    {"VTD_NOT_ENABLED", "translation is not enabled: there is nothing to take over"},
    {"VTD_BAD_MODE", "the root pointer names a mode that this engine does not take over"},
    {"VTD_BAD_ROOT", "the root table does not lie in readable old RAM"},
    {"VTD_BAD_CAPABILITY", "a capability register has a reserved or unusable value"},
    {"VTD_BUSY", "a command of the old kernel is still pending"},
    {"VTD_QUEUE_ERROR", "the old invalidation queue does not drain or stop"},
    {"VTD_TIMEOUT", "a command was not acknowledged: registers are stuck or locked"},
    {"VTD_WRONG_STATE", "calls came in the wrong order"},
    {"VTD_NO_DEVICE", "the device is not attached"},
    {"VTD_EXISTS", "attached already, or the range is in use"},
    {"VTD_NOT_MAPPED", "nothing is mapped there"},
    {"VTD_PASS_THROUGH", "the domain has no tables"},
    {"VTD_NO_DOMAIN_ID", "every domain-id of the unit is in use or reserved"},
    {"VTD_UNSUPPORTED", "the engine does not implement this"},
}};
static_assert(-VTD_UNSUPPORTED + 1 == static_cast<int>(kStatus.size()));

const StatusText* text_of(int status) {
  const auto index = static_cast<std::size_t>(-static_cast<long>(status));
  return status <= 0 && index < kStatus.size() ? &kStatus[index] : nullptr;
}

fs::path part_beside(const fs::path& path) { return path.string() + fmt::format(".part-{}", getpid()); }

std::error_code written(const fs::path& path, std::string_view content) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  return out.good() ? std::error_code() : std::error_code(errno != 0 ? errno : EIO, std::generic_category());
}

void refuse_if(const std::error_code& error, const fs::path& path) {
  if (error) throw InputError{fmt::format("{}: cannot be written: {}", path.string(), error.message())};
}

// A link stays a link; a device or a pipe is nothing to put a file in the place of.
bool is_written_into(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status is = fs::symlink_status(path, ignored);
  return fs::exists(is) && !fs::is_regular_file(is) && !fs::is_directory(is);
}

}  // namespace

std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

std::string count_of(std::uint64_t n, const char* singular, const char* plural) {
  if (n == 1) return fmt::format("1 {}", singular);
  return plural != nullptr ? fmt::format("{} {}", grouped(n), plural) : fmt::format("{} {}s", grouped(n), singular);
}

std::string size_of_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 7> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  unsigned unit = 0;
  auto value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  return whole ? fmt::format("{:.0f} {}", value, kUnits[unit]) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string permissions_name(unsigned permissions) {
  return {(permissions & 1) != 0 ? 'R' : '-', (permissions & 2) != 0 ? 'W' : '-'};
}

std::string status_name(int status) {
  const StatusText* text = text_of(status);
  return text != nullptr ? text->name : fmt::format("status {}", status);
}

const char* status_meaning(int status) {
  const StatusText* text = text_of(status);
  return text != nullptr ? text->meaning : "a code that the interface does not have";
}

void print_json(const Json& object) {
  // File names need not be UTF-8; JSON must be.
  fmt::print("{}\n", object.dump(2, ' ', false, Json::error_handler_t::replace));
}

void write_file(const fs::path& path, std::string_view content) {
  std::error_code error, ignored;
  if (is_written_into(path)) {
    error = written(path, content);
  } else {
    const fs::path part = part_beside(path);
    error = written(part, content);
    if (!error) fs::rename(part, path, error);
    if (error) fs::remove(part, ignored);
  }
  refuse_if(error, path);
}

void expect_writable(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw InputError{fmt::format("{}: is a directory: expected the name of a file", path.string())};
  if (is_written_into(path)) return;
  const fs::path part = part_beside(path);
  const std::error_code error = written(part, "");
  fs::remove(part, ignored);
  refuse_if(error, path);
}

}  // namespace vtd::harness::cli

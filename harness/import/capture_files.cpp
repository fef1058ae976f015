// SPDX-License-Identifier: Apache-2.0 OR MIT
// NAME.json and NAME.pages.gz to a Capture. Every field is checked: captures come by mail from other people's machines.
#include "harness/import/capture_files.h"

#include <zlib.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::MemoryKind;
using nlohmann::json;

constexpr std::size_t kPagesMost = model::Memory::kArenaBytes / model::kPageBytes;

[[noreturn]] void refuse(const std::string& file, const std::string& why) { throw InputError{file + ": " + why}; }

bool read_hex(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

// "0x1f" as the capture writes numbers.
uint64_t hex_of(const std::string& file, const std::string& what, const json& value) {
  uint64_t number = 0;
  if (!value.is_string()) refuse(file, what + " is missing, expected a string such as \"0x1000\"");
  const auto& text = value.get_ref<const std::string&>();
  if (!text.starts_with("0x") || !read_hex(std::string_view(text).substr(2), number)) {
    refuse(file, what + " is '" + text.substr(0, 40) + "', expected a number such as \"0x1000\"");
  }
  return number;
}

json read_json(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(path, "cannot be read, expected the JSON file of a capture");
  try {
    json parsed = json::parse(in);
    if (!parsed.is_object()) refuse(path, "is not a JSON object, expected a capture");
    return parsed;
  } catch (const json::exception& error) { refuse(path, std::string("is not JSON: ") + error.what()); }
}

std::string text_or_empty(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t register_of(const std::string& file, const json& registers, const char* name) {
  return hex_of(file, std::string("registers.") + name, registers.value(name, json()));
}

void read_registers(const std::string& file, const json& capture, Capture& out) {
  const json registers = capture.value("registers", json());
  if (!registers.is_object()) refuse(file, "registers is missing, expected an object with CAP, ECAP, GSTS, RTADDR");
  out.capability = register_of(file, registers, "CAP");
  out.extended = register_of(file, registers, "ECAP");
  out.status = register_of(file, registers, "GSTS");
  out.root = register_of(file, registers, "RTADDR");
  out.version = register_of(file, registers, "VER");
  out.faults = register_of(file, registers, "FSTS");
  out.queue = register_of(file, registers, "IQA");
  out.head = register_of(file, registers, "IQH");
  out.tail = register_of(file, registers, "IQT");
  out.interrupt_table = register_of(file, registers, "IRTA");
}

MemoryKind kind_of(std::string_view name) {
  if (name == "System RAM") return MemoryKind::ram;
  if (name == "Reserved" || name == "reserved") return MemoryKind::reserved;
  return name.starts_with("ACPI") ? MemoryKind::acpi : MemoryKind::mmio;
}

// One line of /proc/iomem; indented ones only divide the range above them.
void read_iomem_line(const std::string& file, std::string_view line, Capture& out) {
  if (line.empty() || line.front() == ' ') return;
  const std::size_t dash = line.find('-'), colon = line.find(" : ");
  model::MemoryRange range{};
  if (dash == std::string_view::npos || colon == std::string_view::npos || dash > colon ||
      !read_hex(line.substr(0, dash), range.first) || !read_hex(line.substr(dash + 1, colon - dash - 1), range.last) ||
      range.first > range.last) {
    refuse(file, "iomem has the line '" + std::string(line.substr(0, 60)) + "', expected 'first-last : name'");
  }
  const std::string_view name = line.substr(colon + 3);
  range.kind = kind_of(name);
  out.memory.push_back(range);
  if (name.starts_with("dmar") && out.registers == 0) out.registers = range.first;
}

void read_memory(const std::string& file, const json& capture, Capture& out) {
  read_iomem(file, text_or_empty(capture, "iomem"), out);
  // Captures without /proc/iomem were taken on machines with 1 GiB of RAM.
  if (out.memory.empty()) out.memory = {{0x1000, 0x9fbff, MemoryKind::ram}, {0x100000, 0x3ffd6fff, MemoryKind::ram}};
}

unsigned role_of(const std::string& file, const std::string& kind) {
  if (kind == "root") return model::kRootRole;
  if (kind == "ctx") return model::kContextRole;
  if (kind.size() == 3 && kind.starts_with("SL") && kind[2] >= '1' && kind[2] <= '5')
    return static_cast<unsigned>(kind[2] - '0');
  if (kind == "ctx-sm" || kind == "pasid-dir" || kind == "pasid-table") return 0;
  refuse(file, "pages has the kind '" + kind.substr(0, 40) +
                   "', expected root, ctx, SL1 to SL5, ctx-sm, pasid-dir or pasid-table");
}

void read_page_list(const std::string& file, const json& capture, Capture& out) {
  const json pages = capture.value("pages", json());
  if (!pages.is_array() || pages.empty()) refuse(file, "pages is missing, expected a list of [address, kind]");
  if (pages.size() > kPagesMost)
    refuse(file,
           "pages lists " + std::to_string(pages.size()) + " pages, expected at most " + std::to_string(kPagesMost));
  out.pages.resize(pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const json& item = pages[i];
    const std::string what = "pages[" + std::to_string(i) + "]";
    if (!item.is_array() || item.size() != 2 || !item[1].is_string())
      refuse(file, what + " is malformed, expected [address, kind]");
    out.pages[i].address = hex_of(file, what, item[0]);
    out.pages[i].role = role_of(file, item[1].get<std::string>());
    if ((out.pages[i].address & ~model::kAddressBits) != 0)
      refuse(file, what + " is not the address of a page below 2^52");
  }
}

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

void read_pages(const std::string& path, Capture& out) {
  const std::unique_ptr<gzFile_s, CloseGzip> in(gzopen(path.c_str(), "rb"));
  if (in == nullptr) refuse(path, "cannot be read, expected the pages of the capture");
  for (std::size_t i = 0; i < out.pages.size(); ++i) {
    // Tables are little-endian (S§9), as are all machines this is built for.
    const int got = gzread(in.get(), out.pages[i].words.data(), model::kPageBytes);
    if (got != static_cast<int>(model::kPageBytes)) {
      refuse(path, "ends or is damaged in page " + std::to_string(i) + ", expected " +
                       std::to_string(out.pages.size()) + " pages of 4096 bytes");
    }
  }
  char more = 0;
  if (gzread(in.get(), &more, 1) != 0)
    refuse(path, "holds more than the " + std::to_string(out.pages.size()) + " pages listed, or is damaged");
}

}  // namespace

void read_iomem(const std::string& file, std::string_view iomem, Capture& out) {
  for (std::string_view rest = iomem; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    std::string_view line = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    if (line.back() == '\n') line.remove_suffix(1);
    read_iomem_line(file, line, out);
  }
}

Capture read_capture(const std::string& json_path) {
  constexpr std::string_view kEnding = ".json";
  if (!json_path.ends_with(kEnding)) refuse(json_path, "expected the NAME.json of a capture, beside its NAME.pages.gz");
  const json capture = read_json(json_path);
  Capture out;
  out.name = text_or_empty(capture, "name");
  out.kernel = text_or_empty(capture, "kernel_command_line");
  out.device = text_or_empty(capture, "qemu_intel_iommu_options");
  read_registers(json_path, capture, out);
  read_memory(json_path, capture, out);
  read_page_list(json_path, capture, out);
  read_pages(json_path.substr(0, json_path.size() - kEnding.size()) + ".pages.gz", out);
  return out;
}

Imported import_captured(const std::string& json_path, const ImportOptions& options) {
  return import_tables(json_path, read_capture(json_path), options);
}

}  // namespace vtd::harness

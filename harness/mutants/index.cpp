// SPDX-License-Identifier: Apache-2.0 OR MIT
// The index of planted mutants as JSON.
#include "harness/mutants/index.h"

#include <fmt/core.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/input_error.h"

namespace vtd::harness::mutants {

using Json = nlohmann::ordered_json;

namespace {

Json as_object(const Planted& m) {
  return {{"number", m.number},
          {"id", m.id},
          {"name", m.name},
          {"file", m.file},
          {"line", m.line},
          {"operator", m.oper},
          {"what", m.what},
          {"seen", m.seen},
          {"invariants", m.invariants},
          {"right", m.right},
          {"wrong", m.wrong},
          {"caught_by", m.caught_by},
          {"equivalent", m.equivalent},
          {"open", m.open}};
}

Planted from_object(const Json& json) {
  Planted m;
  m.number = json.at("number");
  m.id = json.at("id");
  m.name = json.at("name");
  m.file = json.at("file");
  m.line = json.at("line");
  m.oper = json.at("operator");
  m.what = json.at("what");
  m.seen = json.at("seen");
  m.invariants = json.at("invariants");
  m.right = json.at("right");
  m.wrong = json.at("wrong");
  m.caught_by = json.at("caught_by");
  m.equivalent = json.at("equivalent");
  m.open = json.at("open");
  return m;
}

}  // namespace

std::string as_json(const Index& index) {
  Json json = {{"kind", index.kind}, {"mutants", Json::array()}, {"cannot_exist", Json::array()}};
  for (const Planted& m : index.mutants) json["mutants"].push_back(as_object(m));
  for (const Planted& m : index.cannot_exist) json["cannot_exist"].push_back(as_object(m));
  return json.dump(1) + "\n";
}

Index read_index(const std::filesystem::path& file) try {
  std::ifstream in(file);
  if (!in) throw InputError{fmt::format("{}: cannot be read", file.string())};
  const Json json = Json::parse(in);
  Index index;
  index.kind = json.at("kind");
  for (const Json& m : json.at("mutants")) index.mutants.push_back(from_object(m));
  for (const Json& m : json.at("cannot_exist")) index.cannot_exist.push_back(from_object(m));
  return index;
} catch (const Json::exception& error) {
  throw InputError{fmt::format("{}: expected an index of mutants: {}", file.string(), error.what())};
}

}  // namespace vtd::harness::mutants

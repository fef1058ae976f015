// SPDX-License-Identifier: Apache-2.0 OR MIT
// The figures of a hierarchy as the commands tell them: the keys and counting rules are those of captured machines.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/cli/output.h"
#include "harness/runner.h"
#include "model/survey.h"

namespace vtd::harness::cli {

// "root", "ctx", "SL4" ... by role.
std::string role_key(unsigned role);
// "root", "context", "level 4" ... for a person.
std::string role_name(unsigned role);
// "39-bit" by AW code; what a code means is a property of the field, not of the unit (S§9.3).
std::string width_name(unsigned width_code);
const char* type_name(model::TranslationType type);

// {"root": 1, "ctx": 2, "SL4": 7}: kinds that occur. Indexed by role, as Survey::table_pages.
Json tables_json(std::span<const std::uint64_t, 8> by_role);
Json space_json(const model::Space& space);
Json device_json(const model::Survey& survey, const model::SurveyedDevice& device, unsigned unit);
Json finding_json(const model::Claim& claim);
Json findings_json(const model::Claims& claims, model::ClaimKind kind);

// The tables that were copied, by role.
std::array<std::uint64_t, 8> copied_tables(const model::Claims& claims);
// "57 tables: 1 root, 7 context, 16 level 4, ..."
std::string tables_text(std::span<const std::uint64_t, 8> by_role);
// "2-17, 40"
std::string ids_text(std::span<const model::DomainId> ids);
// "4,234 x 4K, 14 x 2M"
std::string leaves_text(const model::Space& space);

// The old tables of every unit.
std::vector<model::Survey> surveys_before(const Runner& runner);
// Why the engine refused, for a person; empty when it did not.
std::string refusal_text(const RunResult& result);

}  // namespace vtd::harness::cli

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where a trial's inputs come from. All but `corpus` begin with nothing.
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/fuzz_target.h"
#include "harness/input_error.h"
#include "harness/mutants/prints.h"
#include "harness/mutants/worker/canaries.h"
#include "harness/mutants/worker/trial.h"
#include "harness/tests/rapidcheck_scenarios.h"

// libFuzzer as a library.
extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*callback)(const std::uint8_t* data, std::size_t size));

namespace vtd::harness::mutants {
namespace {

namespace fs = std::filesystem;
using model::Scenario;

// RapidCheck draws, as the unit tests have it draw.
[[noreturn]] void rapidcheck(const Request& request, Subject& subject) {
  const rc::Gen<Scenario> gen = scenarios();
  rc::Random random(request.seed);
  for (;;) subject.run(gen(random.split(), rc::kNominalSize).value());
}

Subject* fuzzed = nullptr;
Scenario decoded;

int run_input(const std::uint8_t* data, std::size_t size) {
  scenario_of({data, size}, decoded);
  fuzzed->run(decoded);
  return 0;
}

// libFuzzer, guided by the coverage of the engine; the hooks of the fuzz targets give it the project's moves, or leave
// it to its own mutations of bytes.
[[noreturn]] void libfuzzer(const Request& request, Subject& subject) {
  setenv("VTDFUZZ_MUTATOR", request.strategy == "bytes" ? "bytes" : "moves", /*overwrite=*/1);
  fuzzed = &subject;
  std::vector<std::string> words = {request.strategy, fmt::format("-seed={}", request.seed % 0xffffffff + 1),
                                    "-timeout=0", "-rss_limit_mb=0", "-exact_artifact_path=/dev/null"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int count = static_cast<int>(words.size());
  char** values = arguments.data();
  LLVMFuzzerRunDriver(&count, &values, run_input);
  subject.survived();
}

// A mutated oracle must still see what it saw before; then all scenarios with their expectations.
[[noreturn]] void run_corpus(Subject& subject, const std::vector<Scenario>& corpus, const Canaries* canaries) {
  const std::string unseen = canaries == nullptr ? "" : canaries->unseen(subject, corpus);
  if (!unseen.empty()) subject.killed(unseen);
  for (const Scenario& scenario : corpus) subject.run_in_all_ways(scenario);
  subject.survived();
}

}  // namespace

std::vector<Scenario> read_corpus(const std::string& folder) {
  std::vector<Scenario> scenarios;
  for (const fs::path& file : corpus_files(folder)) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (model::parse_text(text, scenarios.emplace_back())) throw InputError{file.string() + ": is no scenario"};
  }
  return scenarios;
}

void run_strategy(const Request& request, Subject& subject, const std::vector<Scenario>& corpus,
                  const Canaries* canaries) {
  if (request.strategy == "rapidcheck") rapidcheck(request, subject);
  if (request.strategy == "ours" || request.strategy == "bytes") libfuzzer(request, subject);
  if (request.strategy == "corpus") run_corpus(subject, corpus, canaries);
  throw InputError{fmt::format("strategy {}: expected ours, bytes, rapidcheck or corpus", request.strategy)};
}

}  // namespace vtd::harness::mutants

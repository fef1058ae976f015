// SPDX-License-Identifier: Apache-2.0 OR MIT
// The child answers with JSON through a file; when it dies instead, the sanitizer's summary says where.
#include "harness/cli/isolated.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "harness/cli/output.h"
#include "harness/input_error.h"
#include "harness/steps_text.h"

namespace vtd::harness::cli {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File temporary() {
  File file(std::tmpfile());
  if (file == nullptr) throw InputError{"no temporary file can be made"};
  return file;
}

std::string contents_of(std::FILE* file) {
  if (std::fseek(file, 0, SEEK_SET) != 0) throw InputError{"what a process has written cannot be read"};
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), file)) != 0;) text.append(block.data(), n);
  return text;
}

// The engine's latest doing that has a place, before it broke.
std::string place_before(const model::Trace& trace, std::uint32_t event) {
  const auto& events = trace.events();
  for (std::size_t i = std::min<std::size_t>(event, events.size()); i > 0; --i)
    if (events[i - 1].where != 0) return source_line(events[i - 1].where);
  return "";
}

std::string operation_at(const model::Scenario& scenario, std::uint32_t step) {
  return step < scenario.steps.size() ? model::operation(scenario.steps[step].op).name : "takeover";
}

Json told(Session& session, const model::Scenario& scenario, const RunOptions& options, const std::string& name,
          Telling telling) {
  const RunResult result = session.run(scenario, options, name);
  Json answer = {{"verdict", static_cast<int>(result.verdict)}};
  if (result.verdict != Verdict::broken && result.verdict != Verdict::engine_crash) return answer;
  const Runner& runner = session.runner();
  const bool everything = telling == Telling::everything;
  if (everything)
    answer["message"] = failure_message(runner, scenario, session.engine(), options, "vtdfuzz check " + name);
  if (result.verdict == Verdict::broken) {
    const properties::Failure& failure = runner.judge().first();
    answer["headline"] = properties::info(failure.property).name;
    answer["what"] = failure.what != nullptr ? failure.what : "";
    answer["step"] = operation_at(scenario, failure.step);
    if (const model::Step step = expectation_of(scenario, failure); step != model::Step{})
      answer["expected"] = model::print_step(step);
    if (everything) answer["place"] = place_before(runner.trace(), failure.event);
  } else {
    const Runner::Fatal fatal = runner.fatal();
    answer["headline"] = result.why != nullptr ? result.why : "the engine gives up";
    answer["what"] = fatal.what != nullptr ? fatal.what : "";
    answer["place"] = fatal.file != nullptr ? fmt::format("{}:{}", fatal.file, fatal.line)
                                            : place_before(runner.trace(), static_cast<std::uint32_t>(-1));
  }
  return answer;
}

[[noreturn]] void be_the_child(const std::string& engine, const model::Scenario& scenario, const RunOptions& options,
                               const std::string& name, Telling telling, std::FILE* answer, std::FILE* complaints) {
  dup2(fileno(complaints), STDERR_FILENO);
  std::string text;
  try {
    Session session(engine);
    text = told(session, scenario, options, name, telling).dump();
  } catch (const InputError& error) { text = Json{{"error", error.message}}.dump(); }
  const bool written = std::fwrite(text.data(), 1, text.size(), answer) == text.size() && std::fflush(answer) == 0;
  _exit(written ? 0 : static_cast<int>(Verdict::harness_error));
}

// "SUMMARY: AddressSanitizer: use-after-poison /somewhere/engine/map.cpp:12:3 in vtd::..."
Isolated crashed(const std::string& complaints) {
  Isolated run;
  run.verdict = Verdict::engine_crash;
  run.message = complaints;
  run.headline = "crash";
  constexpr std::string_view kSummary = "SUMMARY: ";
  const std::size_t at = complaints.find(kSummary);
  if (at == std::string::npos) return run;
  const std::string line = complaints.substr(at + kSummary.size(), complaints.find('\n', at) - at - kSummary.size());
  const std::size_t what = line.find(": ") + 2, where = line.find(' ', what);
  run.headline = line.substr(what, where - what);
  run.what = run.headline;
  const std::size_t folder = line.find("engine/");
  if (folder != std::string::npos) run.place = line.substr(folder, line.find(' ', folder) - folder);
  return run;
}

}  // namespace

Isolated run_isolated(const std::string& engine, const model::Scenario& scenario, const RunOptions& options,
                      const std::string& name, Telling telling) {
  const File answer = temporary(), complaints = temporary();
  const pid_t child = fork();
  if (child == 0) be_the_child(engine, scenario, options, name, telling, answer.get(), complaints.get());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) throw InputError{"no process can be started"};
  const Json told = Json::parse(contents_of(answer.get()), nullptr, /*allow_exceptions=*/false);
  if (told.is_discarded()) return crashed(contents_of(complaints.get()));
  if (told.contains("error")) throw InputError{told.at("error").get<std::string>()};
  return {static_cast<Verdict>(told.at("verdict").get<int>()),
          told.value("headline", ""),
          told.value("what", ""),
          told.value("step", ""),
          told.value("expected", ""),
          told.value("place", ""),
          told.value("message", "")};
}

}  // namespace vtd::harness::cli

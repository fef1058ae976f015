// SPDX-License-Identifier: Apache-2.0 OR MIT
// One process for each program and job, which is given a trial a line and answers with one.
#include "harness/mutants/workers.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/input_error.h"

namespace vtd::harness::mutants {
namespace {

class Worker {
 public:
  Worker(const std::string& program, const std::filesystem::path& file, const std::filesystem::path& corpus)
      : program_(program) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw InputError{"no socket pair"};
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDIN_FILENO);
      dup2(ends[1], STDOUT_FILENO);
      // The oracle's program holds canaries, too.
      const std::string canaries = program == "oracle" ? (file.parent_path() / kCanariesIndex).string() : std::string();
      execl(file.c_str(), file.c_str(), corpus.c_str(), canaries.empty() ? nullptr : canaries.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    end_ = ends[0];
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    close(end_);
    if (busy_) kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  const std::string& program() const { return program_; }
  bool busy() const { return busy_; }
  int end() const { return end_; }
  const Trial& trial() const { return trial_; }

  void give(const Trial& trial) {
    trial_ = trial;
    busy_ = true;
    const std::string line = fmt::format("{} {} {} {}\n", trial.number, trial.strategy, trial.seed, trial.budget);
    if (write(end_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw InputError{fmt::format("mutants_{} does not take a trial", program_)};
  }

  // False: the line is not complete yet.
  bool answer(Result& result) {
    char block[4096];
    const ssize_t bytes = read(end_, block, sizeof block);
    if (bytes <= 0) throw InputError{fmt::format("mutants_{} ended while it ran {}", program_, trial_.mutant)};
    text_.append(block, static_cast<std::size_t>(bytes));
    if (text_.back() != '\n') return false;
    const auto json = nlohmann::json::parse(text_);
    text_.clear();
    busy_ = false;
    result = {json.at("state"), json.at("by"), json.at("executions"), json.at("cpu_seconds")};
    return true;
  }

 private:
  std::string program_, text_;
  pid_t pid_ = 0;
  int end_ = -1;
  bool busy_ = false;
  Trial trial_;
};

}  // namespace

void run_trials(const WorkerOptions& options, const std::vector<Trial>& trials,
                const volatile std::sig_atomic_t& interrupted,
                const std::function<void(const Trial&, const Result&)>& tell) {
  std::vector<std::unique_ptr<Worker>> workers;
  const auto idle_worker = [&](const std::string& program) -> Worker& {
    for (const auto& worker : workers)
      if (!worker->busy() && worker->program() == program) return *worker;
    workers.push_back(std::make_unique<Worker>(program, options.programs.at(program), options.corpus));
    return *workers.back();
  };
  std::size_t next = 0, running = 0;
  while (interrupted == 0 && (next < trials.size() || running != 0)) {
    for (; next < trials.size() && running < options.jobs; ++next, ++running)
      idle_worker(trials[next].program).give(trials[next]);
    std::vector<pollfd> ends;
    for (const auto& worker : workers) ends.push_back({worker->end(), POLLIN, 0});
    if (poll(ends.data(), ends.size(), 1000) <= 0) continue;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      Result result;
      if (ends[i].revents == 0 || !workers[i]->answer(result)) continue;
      --running;
      tell(workers[i]->trial(), result);
    }
  }
}

}  // namespace vtd::harness::mutants

// SPDX-License-Identifier: Apache-2.0 OR MIT
// The project's moves and its shrinking, behind AFL++'s interface.
#include "harness/afl/mutator.h"

#include <cstring>
#include <memory>
#include <vector>

#include "harness/fuzz_input.h"
#include "harness/mutate/mutate.h"
#include "harness/shrink.h"

namespace {

using vtd::harness::InputMutator;
using vtd::harness::RandomSource;
using vtd::harness::Smaller;
using vtd::model::Scenario;

constexpr unsigned kCrossEvery = 5;
constexpr int32_t kTrimsMost = 512;  // each costs a run of the target

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::size_t fuzz(const uint8_t* in, std::size_t size, const uint8_t* other, std::size_t other_size, std::size_t most,
                   uint8_t** out) {
    out_.resize(most);
    *out = out_.data();
    if (other != nullptr && other_size != 0 && random_.one_in(kCrossEvery))
      return moves_.cross(in, size, other, other_size, out_.data(), most, random_.next());
    if (size > most) size = most;
    std::memcpy(out_.data(), in, size);
    return moves_.mutate(out_.data(), size, most, random_.next());
  }

  int32_t begin_trim(const uint8_t* in, std::size_t size) {
    Scenario scenario;
    vtd::harness::scenario_of({in, size}, scenario);
    smaller_ = std::make_unique<Smaller>(std::move(scenario));
    trims_ = 0;
    more_ = smaller_->next(candidate_);
    return more_ ? kTrimsMost : 0;
  }
  std::size_t trim(uint8_t** out) {
    vtd::model::encode(candidate_, out_);
    *out = out_.data();
    return out_.size();
  }
  int32_t after_trim(bool success) {
    if (success) smaller_->accept();
    more_ = smaller_->next(candidate_);
    return more_ ? ++trims_ : kTrimsMost;
  }

 private:
  RandomSource random_;
  InputMutator moves_{nullptr};  // AFL++ has stages of its own for bytes
  std::vector<uint8_t> out_;
  std::unique_ptr<Smaller> smaller_;
  Scenario candidate_;
  int32_t trims_ = 0;
  bool more_ = false;
};

Mutator& of(void* data) { return *static_cast<Mutator*>(data); }

}  // namespace

void* afl_custom_init(void*, unsigned seed) { return std::make_unique<Mutator>(seed).release(); }
void afl_custom_deinit(void* data) { std::unique_ptr<Mutator>(&of(data)).reset(); }

std::size_t afl_custom_fuzz(void* data, uint8_t* in, std::size_t size, uint8_t** out, uint8_t* other,
                            std::size_t other_size, std::size_t most) {
  return of(data).fuzz(in, size, other, other_size, most, out);
}

int32_t afl_custom_init_trim(void* data, uint8_t* in, std::size_t size) { return of(data).begin_trim(in, size); }
std::size_t afl_custom_trim(void* data, uint8_t** out) { return of(data).trim(out); }
int32_t afl_custom_post_trim(void* data, unsigned char success) { return of(data).after_trim(success != 0); }

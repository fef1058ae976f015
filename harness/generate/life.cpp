// SPDX-License-Identifier: Apache-2.0 OR MIT
// Draws the takeover and what comes after it: drivers that come up, map, unmap, hand over and go away, and a second
// crash.
#include "harness/generate/draft.h"

namespace vtd::harness {
namespace {

using model::Op;
namespace operand = model::operand;

struct Mapping {
  DraftDevice device;
  uint64_t iova, pages;
};

class Life {
 public:
  explicit Life(Draft& draft) : draft_(draft), random_(draft.random) {}
  void draw_steps(uint64_t count) {
    for (; count > 0; --count) draw_step();
  }

 private:
  void draw_step();
  void on_device(Op op, const DraftDevice& device) {
    draft_.add(op, {{operand::a_source, device.source}, {operand::a_unit, device.unit}});
  }
  void attach();
  void map(const DraftDevice&);
  void unmap();
  void leave(std::size_t attached);
  void silence_or_listen();

  Draft& draft_;
  RandomSource& random_;
  std::vector<DraftDevice> attached_, gone_;
  std::vector<Mapping> mappings_;
};

// A device that left comes again, in one of three cases: its driver was bound anew. Else one that the old kernel knew,
// or, in one of five cases, one that it did not.
void Life::attach() {
  DraftDevice device{static_cast<unsigned>(random_.below(draft_.units.size())),
                     static_cast<model::SourceId>(random_.pick({0x20, 0x110}))};
  if (!draft_.devices.empty() && !random_.one_in(5)) device = draft_.devices[random_.below(draft_.devices.size())];
  if (!gone_.empty() && random_.one_in(3)) device = gone_[random_.below(gone_.size())];
  on_device(Op::attach, device);
  attached_.push_back(device);
}

void Life::map(const DraftDevice& device) {
  const uint64_t iova = random_.pick(
      {0, 0x1000, 0x200000, 0x201000, 0x40000000, 0x7fc0000000, 0xfedff000, 0xfffff000, random_.below(1 << 19) << 12});
  // Long mappings cost as much as everything else together, so they are rare.
  const uint64_t pages = random_.one_in(16) ? random_.pick({512, 513, 1024}) : random_.pick({1, 1, 2, 16});
  const uint64_t pa = random_.pick({0x200000, 0x30200000, 0x12345000, 0x100000000});
  draft_.add(Op::map, {{operand::ma_source, device.source},
                       {operand::ma_unit, device.unit},
                       {operand::ma_iova, iova},
                       {operand::ma_pa, pa},
                       {operand::ma_pages, pages},
                       {operand::ma_access, random_.one_in(4) ? 1 + random_.below(2) : 3}});
  mappings_.push_back({device, iova, pages});
}

// The whole of an earlier mapping, part of it, or something nobody mapped.
void Life::unmap() {
  const Mapping mapping = mappings_[random_.below(mappings_.size())];
  const uint64_t pages = random_.one_in(3) ? 1 + random_.below(mapping.pages) : mapping.pages;
  draft_.add(Op::unmap, {{operand::um_source, mapping.device.source},
                         {operand::um_unit, mapping.device.unit},
                         {operand::um_iova, mapping.iova + (random_.one_in(8) ? 0x1000 : 0)},
                         {operand::um_pages, pages}});
}

void Life::leave(std::size_t attached) {
  on_device(random_.one_in(3) ? Op::unplug : Op::detach, attached_[attached]);
  gone_.push_back(attached_[attached]);
  attached_.erase(attached_.begin() + static_cast<std::ptrdiff_t>(attached));
}

void Life::silence_or_listen() {
  const uint64_t unit = random_.below(draft_.units.size());
  if (draft_.silent && random_.one_in(2)) return draft_.add(Op::listen, {{operand::li_unit, unit}});
  draft_.add(Op::silence, {{operand::si_unit, unit}, {operand::si_after, random_.below(6)}});
  draft_.silent = true;
}

void Life::draw_step() {
  if (random_.one_in(draft_.silent ? 8 : 80)) return silence_or_listen();
  if (attached_.empty() || random_.one_in(4)) return attach();
  const std::size_t any = random_.below(attached_.size());
  switch (random_.below(6)) {
    case 0:
    case 1:
      return map(attached_[any]);
    case 2:
    case 3:
      return mappings_.empty() ? map(attached_[any]) : unmap();
    case 4:
      return on_device(Op::hand_over, attached_[any]);
    default:
      return leave(any);
  }
}

}  // namespace

void draw_calls(Draft& draft, uint64_t count) { Life(draft).draw_steps(count); }

void draw_life(Draft& draft) {
  RandomSource& random = draft.random;
  draft.add(Op::takeover, {{operand::t_strategy, random.below(3)}});
  draw_calls(draft, random.one_in(4) ? 0 : 1 + random.below(8));
  if (!random.one_in(5)) return;
  draft.add(Op::crash_again, {{operand::ca_strategy, random.below(3)}});
  draw_calls(draft, random.below(4));
}

}  // namespace vtd::harness

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reserved-bit masks (S§9.1, S§9.3, S§9.8) and the order in which an entry is judged.
#include "engine/rules.h"

#include "engine/registers.h"

namespace vtd::engine {
namespace {

constexpr Word beyond(unsigned host_address_width, Word field) {
  return field & ~((Word{1} << host_address_width) - 1);
}

constexpr unsigned kWidthsUsed = 0b01110;  // 3, 4 and 5 levels; the outer two codes are reserved now (S§11.4.2)

}  // namespace

LinkRule LinkRule::of(unsigned host_address_width) {
  const Word too_high = beyond(host_address_width, PagingEntry::Address::mask);
  const Word never = PagingEntry::TransientMapping::mask | PagingEntry::Snoop::mask | PagingEntry::PageSize::mask;
  return {PagingEntry::Address::mask & ~too_high, never | too_high};
}

Rules Rules::of(Word capability, Word extended, unsigned host_address_width) {
  Rules rules{};
  rules.link = LinkRule::of(host_address_width);
  const Word too_high = beyond(host_address_width, RootEntry::Table::mask);
  rules.root_low_reserved = RootEntry::LowReserved::mask | too_high;
  rules.context_low_reserved = ContextEntry::LowReserved::mask | too_high;
  // ND=111b is refused at boot; 16 bits are all there can be.
  const Word id_bits = 4 + 2 * reg::cap::DomainIds::get(capability);
  rules.domain_ids = 1u << (id_bits < 16 ? id_bits : 16);
  const Word ids_too_high = ContextEntry::DomainId::mask & ~ContextEntry::DomainId::make(rules.domain_ids - 1);
  rules.context_high_reserved = ContextEntry::MiddleReserved::mask | ContextEntry::HighReserved::mask | ids_too_high;
  Word leaf = PagingEntry::TransientMapping::mask | (rules.link.stop & PagingEntry::Address::mask);
  if (!reg::ecap::SnoopControl::in(extended)) leaf |= PagingEntry::Snoop::mask;
  rules.leaf_reserved[1] = leaf;
  rules.leaf_reserved[2] = leaf | bits(20, 12) | (reg::cap::Huge2M::in(capability) ? 0 : PagingEntry::PageSize::mask);
  rules.leaf_reserved[3] = leaf | bits(29, 12) | (reg::cap::Huge1G::in(capability) ? 0 : PagingEntry::PageSize::mask);
  rules.leaf_reserved[4] = rules.leaf_reserved[5] = PagingEntry::PageSize::mask;
  rules.widths = static_cast<unsigned>(reg::cap::Widths::get(capability)) & kWidthsUsed;
  rules.guest_bits = static_cast<unsigned>(reg::cap::GuestWidth::get(capability)) + 1;
  rules.pass_through = reg::ecap::PassThrough::in(extended);
  rules.device_tlb = reg::ecap::DeviceTlb::in(extended);
  return rules;
}

// S§9.3; reserved bits are judged before width and type (fault reason Bh, then 3h).
Context Rules::context(Word low, Word high) const {
  if (!ContextEntry::Present::in(low)) return Context::absent;
  if ((low & context_low_reserved) != 0 || (high & context_high_reserved) != 0) return Context::reserved;
  if (!supports_width(ContextEntry::Width::get(high))) return Context::invalid;
  switch (ContextEntry::Type::get(low)) {
    case kUntranslated:
      return Context::paged;
    case kWithDeviceTlb:
      return device_tlb ? Context::paged : Context::invalid;
    case kPassThrough:
      return pass_through ? Context::pass_through : Context::invalid;
    default:
      return Context::invalid;
  }
}

Paging Rules::paging(Word entry, unsigned level) const {
  if (!PagingEntry::present(entry)) return Paging::absent;
  if (link.is_link(entry, level)) return Paging::link;
  const bool leaf = level == 1 || PagingEntry::PageSize::in(entry);
  return leaf && (entry & leaf_reserved[level]) == 0 ? Paging::leaf : Paging::reserved;
}

unsigned Rules::widest() const {
  unsigned code = 3;
  while (code > 1 && !supports_width(code)) --code;
  return code;
}

Word Rules::input_end(unsigned width) const {
  const unsigned table_bits = shift_of(levels_of(width) + 1);
  return Word{1} << (table_bits < guest_bits ? table_bits : guest_bits);
}

}  // namespace vtd::engine

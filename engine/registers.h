// SPDX-License-Identifier: Apache-2.0 OR MIT
// The remapping registers that a takeover needs (S§11.4), and the commands made of them.
#pragma once

#include "engine/field.h"

namespace vtd::engine::reg {

enum Offset : std::uint32_t {
  kVersion = 0x00,
  kCapability = 0x08,
  kExtendedCapability = 0x10,
  kGlobalCommand = 0x18,
  kGlobalStatus = 0x1c,
  kRootAddress = 0x20,
  kContextCommand = 0x28,
  kFaultStatus = 0x34,
  kQueueHead = 0x80,
  kQueueTail = 0x88,
  kQueueAddress = 0x90,
  kFixedEnd = 0xc0  // after IRTA: the first offset that ECAP.IRO may name
};

using VersionMajor = Field<7, 4>;
inline constexpr unsigned kLastMajorWithRegisterInvalidation = 5;

// S§11.4.2
namespace cap {
using DomainIds = Field<2, 0>;  // id bits are 4 + 2 * ND; 7 is reserved
using WriteBufferFlush = Flag<4>;
using CachingMode = Flag<7>;
using Widths = Field<12, 8>;  // bit n: AW code n
using GuestWidth = Field<21, 16>;
using Huge2M = Flag<34>;
using Huge1G = Flag<35>;
using DrainWrites = Flag<54>;
using DrainReads = Flag<55>;
using RootInvalidates = Flag<63>;  // ESRTPS
}  // namespace cap

// S§11.4.3
namespace ecap {
using Coherent = Flag<0>;
using Queue = Flag<1>;
using DeviceTlb = Flag<2>;
using PassThrough = Flag<6>;
using SnoopControl = Flag<7>;
using InvalidationOffset = Field<17, 8>;  // of IVA, in 16 bytes; IOTLB follows it
}  // namespace ecap

// S§11.4.4. GCMD is write-only: each command is made from GSTS less its one-shot bits.
namespace global {
using Translation = Flag<31>;
using RootPointer = Flag<30>;
using WriteBuffer = Flag<27>;
using Queue = Flag<26>;
inline constexpr std::uint32_t kPersistent = 0x96ffffff;
}  // namespace global

// S§11.4.5. Mode and SSIRWE stay what they were.
namespace root {
using Table = PageField<63>;
using Mode = Field<11, 10>;
using InterruptWords = Flag<7>;
inline constexpr Word kKept = Mode::mask | InterruptWords::mask;
}  // namespace root

// S§11.4.6
namespace context {
using Start = Flag<63>;
using Wanted = Field<62, 61>;
using Done = Field<60, 59>;  // 0: rejected
using Source = Field<31, 16>;
using Domain = Field<15, 0>;
}  // namespace context

// S§11.4.7
namespace iotlb {
using Start = Flag<63>;
using Wanted = Field<61, 60>;
using Done = Field<58, 57>;  // 0: rejected
using DrainReads = Flag<49>;
using DrainWrites = Flag<48>;
using Domain = Field<47, 32>;
}  // namespace iotlb

enum Granularity : Word { kGlobal = 1, kDomain = 2, kDevice = 3 };

// S§11.4.9
namespace fault {
using QueueError = Flag<4>;
using CompletionError = Flag<5>;
using CompletionTimeout = Flag<6>;
}  // namespace fault

// S§6.5.2. Low qwords of the descriptors.
namespace descriptor {
using Type = Field<3, 0>;
enum TypeCode : Word { kContext = 1, kIotlb = 2, kDeviceTlb = 3, kWait = 5 };
using Wanted = Field<5, 4>;
using Domain = Field<31, 16>;
using Source = Field<47, 32>;
using DrainWrites = Flag<6>;
using DrainReads = Flag<7>;
using StatusWrite = Flag<5>;  // of wait descriptors
using StatusData = Field<63, 32>;
// Of a device-TLB descriptor: the high qword with S=1 and all address bits but the top one set names every address.
inline constexpr Word kEveryAddress = bits(62, 12) | 1;
inline constexpr unsigned kBytes = 16;
}  // namespace descriptor

}  // namespace vtd::engine::reg

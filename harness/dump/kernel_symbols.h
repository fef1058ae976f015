// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the dead kernel's variables are: from a System.map or /proc/kallsyms that a person has, or from the kernel's
// own table of symbols in the dump, which vmcoreinfo names since Linux 6.0.
#pragma once

#include "harness/dump/kernel_memory.h"

namespace vtd::harness {

// In a text of lines "address type name"; nullopt when there is no text. A kernel that was moved (KASLR) is followed:
// `_stext` there against vmcoreinfo. Throws InputError when the text cannot tell.
std::optional<std::uint64_t> symbol_in_text(std::string_view text, const std::string& name, const Vmcoreinfo& info);

// In the kernel's memory (kernel/kallsyms.c).
std::optional<std::uint64_t> symbol_in_dump(KernelMemory& memory, const std::string& name, const Vmcoreinfo& info);

}  // namespace vtd::harness

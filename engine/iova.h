// SPDX-License-Identifier: Apache-2.0 OR MIT
// Questions about a domain's IOVAs.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

int find_iova(Boot& boot, const Domain& domain, Word bytes, Word alignment, Word limit, Word& iova);
int next_range(Boot& boot, const Domain& domain, Word iova, vtd_iova_range& range);

}  // namespace vtd::engine

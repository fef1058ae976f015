// SPDX-License-Identifier: Apache-2.0 OR MIT
// The page without its data, compiled in (reports/page/CMakeLists.txt): the program needs no files beside it.
#pragma once

#include <string_view>

namespace vtd::reports {

// Has the marks @CONCLUSIONS@ and @DATA@, once each and in this order.
extern const std::string_view kPageTemplate;

}  // namespace vtd::reports

// SPDX-License-Identifier: Apache-2.0 OR MIT
// Everything that the HTML page shows, as one JSON object: the page itself knows nothing but how to show it.
#pragma once

#include "reports/json.h"
#include "reports/report.h"

namespace vtd::reports {

Json page_data(const Report& report);

}  // namespace vtd::reports

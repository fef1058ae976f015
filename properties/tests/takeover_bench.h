// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the tests of takeover properties share.
#pragma once

#include <gtest/gtest.h>

#include "properties/tests/desk.h"

#define EXPECT_HELD(desk) \
  EXPECT_TRUE((desk).judge.held()) << info((desk).judge.first().property).name << ": " << (desk).judge.first().what
#define EXPECT_BROKEN(desk, expected)                                                       \
  do {                                                                                      \
    ASSERT_FALSE((desk).judge.held());                                                      \
    EXPECT_STREQ(info((desk).judge.first().property).name, #expected)                       \
        << (desk).judge.first().what << std::hex << " at " << (desk).judge.first().address; \
  } while (false)

namespace vtd::properties::test {

class Takeover : public testing::Test {
 protected:
  Desk desk;
  Address leaf_table() const { return desk.copy_of(frame(5), 1); }
  void copied() {
    desk.boot();
    desk.copy();
  }
};

}  // namespace vtd::properties::test

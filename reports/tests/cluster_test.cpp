// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which findings are one, and a message taken apart.

#include "reports/cluster.h"

#include <gmock/gmock.h>

#include "reports/message_parts.h"
#include "reports/tests/runs.h"

namespace vtd::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHeadline = "BROKEN other_devices_are_unaffected";

class ClusterTest : public RunsTest {
 protected:
  static std::string with(const std::string& from, const std::string& to) {
    std::string message = kMessage;
    return message.replace(message.find(from), from.size(), to);
  }
  static Cluster of(const std::string& message) { return cluster_of(kHeadline, message); }
};

TEST_F(ClusterTest, is_told_by_the_message) {
  const Cluster cluster = of(kMessage);
  EXPECT_EQ(cluster.what, "a blocked request is <b>blocked</b> for another reason");
  EXPECT_EQ(cluster.call, "attach");
  EXPECT_EQ(cluster.place, "engine/context.cpp:110");
  EXPECT_THAT(cluster.id, testing::MatchesRegex("other_devices_are_unaffected-[0-9a-f]{8}"));
}

TEST_F(ClusterTest, does_not_change_with_lines_and_addresses) {
  EXPECT_EQ(of(kMessage), of(with("context.cpp:110", "context.cpp:212")));
  EXPECT_EQ(of(kMessage), of(with("0x3000e060", "0x4000e060")));
}

TEST_F(ClusterTest, another_file_another_reason_and_another_property_are_others) {
  EXPECT_NE(of(kMessage).id, of(with("engine/context.cpp", "engine/map.cpp")).id);
  EXPECT_NE(of(kMessage).id, of(with("for another reason", "no more")).id);
  EXPECT_NE(of(kMessage).id, cluster_of("BROKEN id_fits_the_unit", kMessage).id);
}

TEST_F(ClusterTest, without_a_marked_line_the_call_decides) {
  const std::string unmarked = with("  ->  ", "      ");
  EXPECT_EQ(of(unmarked).place, "engine/context.cpp:110");
  EXPECT_EQ(of(unmarked).id,
            cluster_of(kHeadline, std::string(unmarked).replace(unmarked.find("context.cpp"), 11, "map.cpp")).id);
  EXPECT_NE(of(unmarked).id,
            cluster_of(kHeadline, std::string(unmarked).replace(unmarked.find("4  attach"), 9, "4  detach")).id);
}

TEST_F(ClusterTest, the_kernels_source_is_a_place) {
  EXPECT_EQ(of(with("engine/context.cpp:110", "build/linux-6.1/drivers/iommu/intel/iommu.c:179")).place,
            "linux-6.1/drivers/iommu/intel/iommu.c:179");
}

TEST_F(ClusterTest, a_sanitizer_says_where) {
  const Cluster cluster =
      cluster_of("CRASH AddressSanitizer stopped the engine; its report follows",
                 "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n"
                 "SUMMARY: AddressSanitizer: heap-use-after-free /src/engine/map.cpp:17:3 in f()\n");
  EXPECT_EQ(cluster.what, "AddressSanitizer: heap-use-after-free");
  EXPECT_EQ(cluster.place, "engine/map.cpp:17");
}

TEST_F(ClusterTest, its_id_is_a_file_name_whatever_the_headline_is) {
  EXPECT_THAT(cluster_of("../../etc/passwd <script>\n", "").id, Not(HasSubstr("/")));
  EXPECT_THAT(cluster_of("", "").id, testing::StartsWith("finding-"));
}

TEST_F(ClusterTest, parts_of_a_message) {
  const MessageParts parts = parts_of(kMessage);
  ASSERT_EQ(parts.facts.size(), 4u);
  EXPECT_EQ(parts.facts[3], std::pair(std::string("expected"), std::string("0x0")));
  EXPECT_THAT(parts.trace, testing::StartsWith("      4  attach source=01:00.6\n"));
  EXPECT_THAT(parts.trace, testing::EndsWith("context.cpp:110\n"));
  EXPECT_EQ(parts.draft, "vtd 1\n# other_devices_are_unaffected\ntakeover\n");
  EXPECT_EQ(parts.rest, "INFO: Seed: 1\n==1== ERROR: libFuzzer: deadly signal\nSUMMARY: libFuzzer: deadly signal\n");
}

TEST_F(ClusterTest, the_essence_of_a_message_is_what_the_project_says) {
  const std::string message = kMessage;
  const std::size_t begin = message.find("! BROKEN"), end = message.find("==1==");
  EXPECT_EQ(essence_of(message), message.substr(begin, end - begin));
  EXPECT_EQ(essence_of(message.substr(0, message.find("  draft"))).substr(0, 8), "! BROKEN");
}

TEST_F(ClusterTest, what_is_no_message_is_kept_whole) {
  EXPECT_EQ(essence_of("Killed\nby somebody\n"), "Killed\nby somebody\n");
  EXPECT_EQ(parts_of("Killed\nby somebody\n").rest, "Killed\nby somebody\n");
}

}  // namespace
}  // namespace vtd::reports

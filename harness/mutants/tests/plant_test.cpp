// SPDX-License-Identifier: Apache-2.0 OR MIT
// Planting: texts are found exactly once, edits nest, and files that are wrong are refused with their line.
#include "harness/mutants/plant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/input_error.h"
#include "harness/mutants/ast_mutants.h"
#include "model/tests/temp_folder.h"

namespace vtd::harness::mutants {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const InputError& error) { return error.message; }
  return "nothing was thrown";
}

Mutant read(const std::string& text) {
  const model::test::TempFolder folder;
  const std::string path = folder.file("one.mutant");
  std::ofstream(path) << text;
  return read_mutant(path);
}

std::string without_first_line(const std::string& text) { return text.substr(text.find("noexcept;  ") + 11); }

TEST(Plant, AStatementStaysInTheOtherBranch) {
  const Edit edit{0, 5, Form::statement, "b();\n", 7, "x"};
  EXPECT_EQ(without_first_line(planted("a();\nc();\n", {edit})),
            "if (vtd_mutant_is(7)) {\nb();\n} else {\na();\n}\nc();\n");
}

TEST(Plant, ExpressionsOfOnePlaceAreChained) {
  const std::vector<Edit> edits = {{0, 5, Form::expression, "a - b", 1, "x"},
                                   {0, 5, Form::expression, "a * b", 2, "y"}};
  EXPECT_EQ(without_first_line(planted("a + b;", edits)),
            "(vtd_mutant_is(1) ? (a - b) : (vtd_mutant_is(2) ? (a * b) : (a + b)));");
}

TEST(Plant, WhatLiesInsideGoesToTheRightBranch) {
  const std::vector<Edit> edits = {{4, 5, Form::expression, "c", 1, "x"}, {0, 5, Form::expression, "a - b", 2, "y"}};
  EXPECT_EQ(without_first_line(planted("a + b;", edits)),
            "(vtd_mutant_is(2) ? (a - b) : (a + (vtd_mutant_is(1) ? (c) : (b))));");
}

TEST(Plant, OverlappingEditsAreRefused) {
  const std::vector<Edit> edits = {{0, 5, Form::expression, "1", 1, "x"}, {4, 9, Form::expression, "2", 2, "y"}};
  EXPECT_THAT(message_of([&] { planted("a + b + c", edits); }), HasSubstr("mutants x and y overlap"));
}

TEST(Plant, ATextMustOccurExactlyOnce) {
  const Mutant mutant = read("id X\nname n\nwhat w\nfile f.cpp\n<<<< expression\nif (@{a}@)\n====\nb\n>>>>\n");
  const Edit edit = edit_of(mutant.hunks.front(), "  if (a) c;", 1, "X");
  EXPECT_EQ(edit.begin, 6u);
  EXPECT_EQ(edit.end, 7u);
  EXPECT_THAT(message_of([&] { edit_of(mutant.hunks.front(), "if (b) c;", 1, "X"); }), HasSubstr("does not occur"));
  EXPECT_THAT(message_of([&] { edit_of(mutant.hunks.front(), "if (a) if (a) c;", 1, "X"); }),
              HasSubstr("more than once"));
}

TEST(Plant, AFileThatIsWrongIsRefusedWithItsLine) {
  EXPECT_THAT(message_of([] { read("id X\ncolour blue\n"); }), HasSubstr("one.mutant:2: 'colour blue'"));
  EXPECT_THAT(message_of([] { read("id X\nname n\nwhat w\nfile f\n<<<< statement\na\n"); }),
              HasSubstr("expected a line ===="));
  EXPECT_THAT(message_of([] { read("id X\nname n\nwhat w\n"); }), HasSubstr("either a hunk or cannot-exist"));
}

TEST(AstMutants, AnythingButASyntaxTreeIsRefused) {
  EXPECT_THAT(message_of([] { ast_mutants("no tree", "", "a.cpp"); }), HasSubstr("expected the syntax trees"));
}

}  // namespace
}  // namespace vtd::harness::mutants

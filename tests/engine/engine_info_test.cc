// CodecInfo: how many routines of a codec are machine code; and that an engine of kind `jit` rejects
// codecs that it would have to interpret.
#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>

namespace wirejit::test {
namespace {

std::string fields(int count, const std::string& type) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += std::to_string(i) + ": " + type + " f" + std::to_string(i) + "\n";
  }
  return text;
}

const std::string small = "struct Root { 1: i32 a }";
// A routine of more than 20,000 ops and a small one.
const std::string long_routine = "struct Root {\n" + fields(2000, "list<string>") + "}\n";
// Small routines, which are more than 512 KiB of machine code together.
std::string many_routines() {
  std::string text;
  std::string root;
  for (int i = 1; i <= 600; ++i) {
    const std::string name = "Child" + std::to_string(i);
    text += "struct " + name + " {\n" + fields(30, "map<string, string>") + "}\n";
    root += std::to_string(i) + ": " + name + " c" + std::to_string(i) + "\n";
  }
  return text + "struct Root {\n" + root + "}\n";
}

Result<Transcoder> make(EngineOptions::Kind kind, const std::string& idl) {
  const Result<Schema> schema = thrift::load_text(idl);
  EXPECT_TRUE(schema) << schema.error().to_string();
  const Engine engine({.kind = kind});
  return engine.transcoder(*schema->find_struct("Root"), thrift::binary, json::text);
}

bool generates_code() { return Engine({.kind = EngineOptions::Kind::automatic}).generates_code(); }

TEST(CodecInfo, CountsInterpretedRoutines) {
  const auto none = make(EngineOptions::Kind::interpret, small);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->info().machine_code);
  EXPECT_GT(none->info().routines, 0U);
  EXPECT_EQ(none->info().interpreted_routines, none->info().routines);

  if (!generates_code()) {
    GTEST_SKIP();
  }
  const auto all = make(EngineOptions::Kind::automatic, small);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->info().machine_code);
  EXPECT_EQ(all->info().interpreted_routines, 0U);
}

TEST(CodecInfo, IsNoMachineCodeWhenARoutineIsTooLargeForIt) {
  if (!generates_code()) {
    GTEST_SKIP();
  }
  for (const std::string& idl : {long_routine, many_routines()}) {
    const auto part = make(EngineOptions::Kind::automatic, idl);
    ASSERT_TRUE(part) << part.error().to_string();
    const CodecInfo info = part->info();
    EXPECT_FALSE(info.machine_code);
    EXPECT_GT(info.interpreted_routines, 0U);
    EXPECT_LE(info.interpreted_routines, info.routines);
  }
}

TEST(CodecInfo, AnEngineOfKindJitRejectsARoutineThatIsTooLargeAndNamesIt) {
  if (!generates_code()) {
    GTEST_SKIP();
  }
  ASSERT_TRUE(make(EngineOptions::Kind::jit, small));
  const auto routine = make(EngineOptions::Kind::jit, long_routine);
  ASSERT_FALSE(routine);
  EXPECT_EQ(routine.error().code(), Errc::code_memory);
  EXPECT_NE(routine.error().message().find("Root"), std::string::npos)
      << routine.error().to_string();
  EXPECT_NE(routine.error().message().find("at most 20000"), std::string::npos)
      << routine.error().to_string();
  const auto module = make(EngineOptions::Kind::jit, many_routines());
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), Errc::code_memory);
  EXPECT_NE(module.error().message().find("larger than 524288 bytes; the routine '"),
            std::string::npos)
      << module.error().to_string();
}

}  // namespace
}  // namespace wirejit::test

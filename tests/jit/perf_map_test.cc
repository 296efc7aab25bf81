// The map of generated code for perf: its lines, and that an existing file or link is not written.
#include "jit/code_space_perf_map.h"

#include "tests/support/jit_support.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace wirejit::jit {
namespace {

class PerfMapTest : public testing::Test {
 protected:
  PerfMapTest() {
    char name[] = "/tmp/wirejit-test-XXXXXX";
    directory_ = mkdtemp(name);
    file_ = directory_ + "/perf-" + std::to_string(getpid()) + ".map";
  }
  ~PerfMapTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string file_;
};

TEST_F(PerfMapTest, NamesEveryRoutineOnALineOfItsOwn) {
  Assembly a("decode orders.Order");
  a.ret();
  Assembly b("evil\n0 ffffffff name");
  b.ret();
  std::vector<Program> programs;
  programs.push_back(std::move(a.p));
  programs.push_back(std::move(b.p));
  Machine m(std::move(programs));
  auto map = PerfMap::create(directory_);
  ASSERT_TRUE(map) << map.error().to_string();
  ASSERT_TRUE(map->add(m.module(), *m.module().code));

  struct stat status{};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::ifstream in(file_);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find(" wirejit decode orders.Order"), std::string::npos);
  EXPECT_NE(lines[1].find(" wirejit evil?0 ffffffff name"), std::string::npos);
  EXPECT_EQ(std::stoull(lines[0], nullptr, 16),
            reinterpret_cast<std::uint64_t>(m.module().code->entry(0)));
}

TEST_F(PerfMapTest, AnExistingFileOrLinkIsNotWritten) {
  std::filesystem::create_symlink(directory_ + "/elsewhere", file_);
  EXPECT_FALSE(PerfMap::create(directory_));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/elsewhere"));
  std::filesystem::remove(file_);
  std::ofstream(file_) << "planted";
  const auto map = PerfMap::create(directory_);
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().code(), Errc::io);
}

TEST_F(PerfMapTest, AnEngineWithTheOptionNamesItsRoutines) {
  EngineOptions options;
  options.kind = EngineOptions::Kind::jit;
  options.perf_map_directory = directory_;
  const Engine engine(options);
  EXPECT_NE(engine.describe().find("with a perf map"), std::string::npos) << engine.describe();
  const Engine second(options);
  EXPECT_NE(second.describe().find("no perf map"), std::string::npos) << second.describe();
  const auto schema = thrift::load_text("struct Profiled { 1: i32 a }");
  ASSERT_TRUE(schema);
  const auto type = RecordType::make(*schema, "Profiled");
  ASSERT_TRUE(type);
  ASSERT_TRUE(engine.record_codec(*type, thrift::binary));
  ASSERT_TRUE(second.record_codec(*type, thrift::binary));
  std::ifstream in(file_);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    EXPECT_NE(line.find("Profiled"), std::string::npos) << line;
  }
  EXPECT_EQ(lines, 2U);
}

}  // namespace
}  // namespace wirejit::jit

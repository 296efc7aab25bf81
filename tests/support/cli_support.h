// The command line as a user starts it: a folder of files, and what a command printed.
// Entry: Cli, the fixture. WIREJIT_TOOL is the command.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace wirejit::test {

namespace fs = std::filesystem;

struct Ran {
  int code = -1;  // -1: killed by a signal
  std::string out;
  std::string err;
};

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "wirejit_cli_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    work_ = pattern;
    save("orders.thrift", R"(
enum Color { RED = 1, GREEN = 2 }
struct Line { 1: required string sku, 2: i32 quantity = 1, 3: optional Color color }
struct Order { 1: required i64 id, 2: list<Line> lines, 3: optional binary seal }
service Shop { Order buy(1: Line line), oneway void ping() }
)");
  }
  void TearDown() override { fs::remove_all(work_); }

  void save(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (work_ / name).string(); }
  [[nodiscard]] std::string schema() const { return "--schema " + path("orders.thrift") + " "; }

  // `arguments` go through the shell; `environment` stands before the command.
  [[nodiscard]] Ran run(const std::string& arguments, const std::string& input = "",
                        const std::string& environment = "") const {
    save("input", input);
    const std::string command = environment + " " WIREJIT_TOOL " " + arguments + " <" +
                                path("input") + " 2>" + path("stderr");
    Ran ran;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
      return ran;
    }
    char piece[4096];
    for (std::size_t n; (n = fread(piece, 1, sizeof piece, pipe)) > 0;) {
      ran.out.append(piece, n);
    }
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ran.err = slurp(path("stderr"));
    return ran;
  }
  [[nodiscard]] Ran convert(const std::string& from, const std::string& to,
                            const std::string& input, const std::string& more = "") const {
    return run("convert " + schema() + "--type Order --from " + from + " --to " + to + " " + more,
               input);
  }

  fs::path work_;
};

}  // namespace wirejit::test

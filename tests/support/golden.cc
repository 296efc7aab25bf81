#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace wirejit::test {

bool blessing() {
  const char* bless = std::getenv("WIREJIT_BLESS");
  return bless != nullptr && std::string_view(bless) == "1";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(std::string_view name, std::string_view got) {
  const std::string path = WIREJIT_SOURCE_DIR "/tests/golden/" + std::string(name);
  if (blessing()) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << got;
  }
  EXPECT_EQ(read_file(path), got) << path << ": WIREJIT_BLESS=1 takes the new text";
}

}  // namespace wirejit::test

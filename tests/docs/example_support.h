// What the examples of headers talk about: orders, an IDL of them, a folder to work in.
// Entry: Order, Folder, Printed. Invariant: a test leaves the working directory and the streams as
// they were.
#pragma once

#include <wirejit/read_write.h>
#include <wirejit/reflect.h>
#include <wirejit/schema.h>
#include <wirejit/thrift.h>

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test::docs {

struct Line {
  std::string sku;
  std::int32_t count = 1;
};
struct Order {
  std::int64_t id = 0;
  std::vector<Line> lines;
};
WIREJIT_STRUCT(Line, (1, sku), (2, count))
WIREJIT_STRUCT(Order, (1, id), (2, lines))

/// The same as IDL.
inline constexpr std::string_view orders_idl =
    "struct Line { 1: string sku, 2: i32 count = 1 }\n"
    "struct Order { 1: i64 id, 2: list<Line> lines }\n";

/// The schema of orders_idl, in a document "orders".
inline Schema orders_schema() {
  return thrift::load_text(orders_idl, {.text_name = "orders.thrift"}).value();
}

/// A new folder, which is the working directory while this lives.
class Folder {
 public:
  Folder() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "wirejit-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    path_ = name;
    std::filesystem::current_path(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }

  /// Writes a file below the folder.
  static void write(const std::filesystem::path& name, std::string_view text) {
    if (name.has_parent_path()) {
      std::filesystem::create_directories(name.parent_path());
    }
    std::ofstream(name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

/// What is written to a stream while this lives.
class Printed {
 public:
  explicit Printed(std::ostream& stream = std::cout)
      : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  ~Printed() { stream_.rdbuf(before_); }

  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace wirejit::test::docs

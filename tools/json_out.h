// A writer of indented JSON, for reports of the command line itself.
// Entry: JsonOut. Invariant: valid JSON if opens and closes match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::tools {

class JsonOut {
 public:
  void open(char bracket);
  void close(char bracket);
  void key(std::string_view name);
  void text(std::string_view value);
  void number(std::int64_t value);
  void boolean(bool value);
  void real(double value);

  void open_member(std::string_view name, char bracket) {
    key(name);
    open(bracket);
  }
  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void member_number(std::string_view name, std::int64_t value) {
    key(name);
    number(value);
  }
  void member_bool(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }

  // The text, followed by a newline.
  [[nodiscard]] std::string take() { return std::move(out_) + "\n"; }

 private:
  void before_value();
  void line();
  void quote(std::string_view value);

  std::string out_;
  int depth_ = 0;
  bool empty_ = true;  // the innermost bracket has nothing in it
  bool after_key_ = false;
};

}  // namespace wirejit::tools

#include <wirejit/codec.h>  // Thrift Binary as JSON, by an IDL that is read when the program runs.
#include <wirejit/json.h>
#include <wirejit/thrift.h>
int main() {
  const auto schema = wirejit::thrift::load_text("struct Point { 1: i32 x }").value();
  const auto to_json = wirejit::Engine::shared().transcoder(
      schema.find_type("Point").value(), wirejit::thrift::binary, wirejit::json::text);
  std::string text, bytes("\x08\0\1\0\0\0\3\0", 8);  // field 1, an i32: 3
  return to_json && to_json->transcode(bytes, text) && text == R"({"x":3})" ? 0 : 1;
}

// Uses what public headers hold as templates, so that they are compiled in each way that
// check_headers.cmake asks for. Nothing runs it.
#include <wirejit/record.h>
#include <wirejit/wirejit.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace {

enum class Color { red, green };
WIREJIT_ENUM(Color, red, green)

using Choice = std::variant<std::monostate, std::int32_t, std::string>;
WIREJIT_VARIANT(Choice, (1, number), (2, text))

struct Part {
  std::string name;
  double weight = 1;
};
WIREJIT_STRUCT(Part, (1, name), (2, weight))

struct Everything {
  bool flag = false;
  Color color = Color::red;
  std::string text;
  std::string_view view;
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> numbers;
  std::vector<bool> bits;
  std::vector<Part> parts;
  std::array<float, 3> vector{};
  std::span<const std::int64_t> span;
  std::optional<Part> maybe;
  std::unique_ptr<Part> owned;
  std::shared_ptr<Part> shared;
  std::map<std::string, Part> by_name;
  std::unordered_map<std::int64_t, std::string> by_id;
  std::set<std::string> names;
  std::unordered_set<std::uint32_t> ids;
  Choice choice;
};
WIREJIT_STRUCT(Everything, (1, flag), (2, color), (3, text), (4, view), (5, bytes), (6, numbers),
               (7, bits), (8, parts), (9, vector), (10, span), (11, maybe), (12, owned),
               (13, shared), (14, by_name), (15, by_id), (16, names), (17, ids), (18, choice))

}  // namespace

// Round trips of a struct and of a record.
wirejit::Result<std::int64_t> use(const wirejit::Engine& engine, const wirejit::RecordType& type);
wirejit::Result<std::int64_t> use(const wirejit::Engine& engine, const wirejit::RecordType& type) {
  auto codec = engine.codec<Everything>(wirejit::thrift::binary);
  if (!codec) {
    return std::unexpected(codec.error());
  }
  wirejit::Arena arena;
  wirejit::Buffer out;
  const std::vector<std::byte> nothing;
  auto back = codec->decode(nothing, {.arena = &arena});
  if (!back || !codec->encode(*back, out)) {
    return 0;
  }
  auto records = engine.record_codec(type, wirejit::json::text);
  if (!records) {
    return std::unexpected(records.error());
  }
  auto record = records->decode(out, arena);
  if (!record || !record->set("text", "new") || !record->set("numbers", back->numbers)) {
    return 0;
  }
  wirejit::StreamReader reader([](std::span<std::uint8_t>) { return std::size_t{0}; },
                               wirejit::Framing::ndjson);
  wirejit::StreamWriter writer([](wirejit::Bytes bytes) { return bytes.size(); },
                               wirejit::Framing::delimited);
  if (!reader.next() || !writer.write(out.bytes()) || !writer.close()) {
    return 0;
  }
  return record->record("maybe").get<std::int64_t>("id");
}

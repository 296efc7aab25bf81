// Encodes each field by itself, then shuffles, repeats, drops and adds fields.
#include "tests/support/scrambled_binary.h"

#include "tests/support/engine_support.h"
#include "tests/support/reference_binary.h"

#include <vector>

namespace wirejit::test {

namespace {

template <class T>
T value_or_abort(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "scrambled: %s\n", result.error().to_string().c_str());
    std::abort();
  }
  return *std::move(result);
}

int code_of(Kind k) {
  switch (k) {
    case Kind::boolean: return 2;
    case Kind::i8: return 3;
    case Kind::float64: return 4;
    case Kind::i16: return 6;
    case Kind::i64: return 10;
    case Kind::string:
    case Kind::binary: return 11;
    case Kind::structure: return 12;
    case Kind::map: return 13;
    case Kind::set: return 14;
    case Kind::list: return 15;
    case Kind::uuid: return 16;
    default: return 8;
  }
}

class Scrambler {
 public:
  Scrambler(Random& r, const ScrambleOptions& options) : r_(r), options_(options) {}

  std::string record(const RecordView& from) {
    std::vector<std::string> chunks;
    for (const auto [field, v] : from.fields()) {
      if (r_.chance(options_.drop)) {
        continue;
      }
      chunks.push_back(raw_field(code_of(v.kind()), field->id, value(v)));
      if (r_.chance(options_.duplicate)) {
        chunks.push_back(raw_field(code_of(v.kind()), field->id, value(v)));
      }
      if (r_.chance(options_.mistype)) {
        const int other = random_wire_code(r_);
        if (other != code_of(v.kind())) {
          chunks.push_back(raw_field(other, field->id, random_wire_value(other, r_)));
        }
      }
      if (r_.chance(options_.unknown)) {
        const auto id = static_cast<std::int32_t>(r_.between(-32768, 32767));
        const int code = random_wire_code(r_);
        if (from.type().find(id) == nullptr) {
          chunks.push_back(raw_field(code, id, random_wire_value(code, r_)));
        }
      }
    }
    if (r_.chance(options_.shuffle)) {
      for (std::size_t i = chunks.size(); i > 1; --i) {
        std::swap(chunks[i - 1], chunks[r_.below(i)]);
      }
    }
    std::string out;
    for (const std::string& c : chunks) {
      out += c;
    }
    return out += '\0';
  }

 private:
  std::string empty_container(int first, int second) {
    if (r_.chance(options_.odd_empty)) {
      first = static_cast<int>(r_.below(256));
      second = static_cast<int>(r_.below(256));
    }
    std::string s(1, static_cast<char>(first));
    if (second >= 0) {
      s += static_cast<char>(second);
    }
    return s + be32(0);
  }

  std::string value(const Value& v) {
    switch (v.kind()) {
      case Kind::structure: return record(value_or_abort(v.as<RecordView>()));
      case Kind::boolean:
        return std::string(
            1, value_or_abort(v.as<bool>()) ? static_cast<char>(1 + r_.below(255)) : '\0');
      case Kind::list:
      case Kind::set: {
        const auto l = value_or_abort(v.as<ListView<Value>>());
        const int code = code_of(v.type().element->kind);
        if (l.empty()) {
          return std::string(1, r_.chance(options_.odd_empty) ? static_cast<char>(r_.next())
                                                              : static_cast<char>(code)) +
                 be32(0);
        }
        std::string s =
            std::string(1, static_cast<char>(code)) + be32(static_cast<std::int64_t>(l.size()));
        for (const Value e : l) {
          s += value(e);
        }
        return s;
      }
      case Kind::map: {
        const auto m = value_or_abort(v.as<MapView<Value, Value>>());
        const int key = code_of(v.type().key->kind);
        const int mapped = code_of(v.type().value->kind);
        if (m.empty()) {
          return empty_container(key, mapped);
        }
        std::string s{static_cast<char>(key), static_cast<char>(mapped)};
        s += be32(static_cast<std::int64_t>(m.size()));
        for (const auto e : m) {
          s += value(e.key);
          s += value(e.value);
        }
        return s;
      }
      default: {
        Errc error{};
        return reference_encode(v, &error);
      }
    }
  }

  Random& r_;
  const ScrambleOptions& options_;
};

}  // namespace

int random_wire_code(Random& r) {
  static constexpr int codes[] = {2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15, 16};
  return r.pick(codes);
}

std::string random_wire_value(int code, Random& r, int depth) {
  const auto any = [&](std::size_t n) {
    std::string s;
    while (s.size() < n) {
      s += static_cast<char>(r.next());
    }
    return s;
  };
  const auto shallow = [&] {
    int c = random_wire_code(r);
    while (depth <= 0 && c >= 12 && c <= 15) {
      c = random_wire_code(r);
    }
    return c;
  };
  switch (code) {
    case 2:
    case 3: return any(1);
    case 6: return any(2);
    case 8: return any(4);
    case 4:
    case 10: return any(8);
    case 16: return any(16);
    case 11: return raw_text(any(r.below(30)));
    case 12: {
      std::string s;
      for (std::size_t n = r.below(4); n > 0; --n) {
        const int c = shallow();
        s += raw_field(c, static_cast<int>(r.below(65536)), random_wire_value(c, r, depth - 1));
      }
      return s += '\0';
    }
    default: {
      const std::size_t n = r.below(4);
      const int first = shallow();
      const int second = shallow();
      std::string s(1, static_cast<char>(first));
      if (code == 13) {
        s += static_cast<char>(second);
      }
      s += be32(static_cast<std::int64_t>(n));
      for (std::size_t i = 0; i < n; ++i) {
        s += random_wire_value(first, r, depth - 1);
        if (code == 13) {
          s += random_wire_value(second, r, depth - 1);
        }
      }
      return s;
    }
  }
}

std::string scrambled_encode(const RecordView& record, Random& r, const ScrambleOptions& options) {
  return Scrambler(r, options).record(record);
}

}  // namespace wirejit::test

// C++ structs for the fuzzers, and the comparison of their codecs on both engines.
// Entry: check_object. Invariant: an object is destroyed after every call, whether it succeeded or
// not.
#pragma once

#include "fuzz/subject.h"

#include <wirejit/reflect.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace wirejit::fuzz {

enum class Shade : std::int32_t { dark = 1, light = 2 };
WIREJIT_ENUM(Shade, dark, light)

struct FlatObject {
  bool a = false;
  std::int8_t b = 1;
  std::int16_t c = 0;
  std::int32_t d = 0;
  std::int64_t e = -1;
  double f = 0.5;
  std::string g;
  Shade h = Shade::dark;
  std::optional<std::int32_t> i;
  std::string j = "text";
};
WIREJIT_STRUCT(FlatObject, (1, a), (2, b), (3, c), (4, d), (5, e), (6, f),
               (7, g, wirejit::member::required), (8, h), (9, i), (10, j, wirejit::member::binary))

struct NumberOrTree
    : std::variant<std::monostate, std::int64_t, std::string, std::vector<std::string>> {
  using variant::variant;
};
WIREJIT_VARIANT(NumberOrTree, (1, number), (2, word), (3, words))

struct TreeObject {
  std::string name;
  std::vector<TreeObject> children;
  std::unique_ptr<TreeObject> next;
  std::map<std::string, FlatObject> flats;
  std::vector<std::vector<std::int32_t>> rows;
  std::vector<bool> flags;
  std::vector<double> reals;
  std::set<std::int64_t> ids;
  std::unordered_map<std::string, std::string> words;
  std::shared_ptr<FlatObject> shared;
  std::optional<NumberOrTree> choice;
};
WIREJIT_STRUCT(TreeObject, (1, name), (2, children), (3, next), (4, flats), (5, rows), (6, flags),
               (7, reals), (8, ids), (9, words), (11, shared), (12, choice))

// The codecs of T in both formats, on both engines.
template <class T>
class ObjectCodecs {
 public:
  explicit ObjectCodecs(Subject& s) : s_(s) {
    for (std::size_t w = 0; w < 2; ++w) {
      for (std::size_t k = 0; k < 2; ++k) {
        Result<Codec<T>> codec = s.engine(k).template codec<T>(s.formats()[w], s.object_options());
        if (!codec) {
          s.fail("codec of an object", codec.error().to_string());
        }
        codecs_[w][k] = *std::move(codec);
      }
    }
  }

  // Reads the bytes on both engines, fresh and into an object in use, and writes them in both
  // formats.
  Outcome check(FormatNumber from, Bytes bytes) {
    Outcome results[2];
    for (std::size_t k = 0; k < 2; ++k) {
      results[k] = run(from, k, s_.guarded(k, bytes));
    }
    s_.check_same("objects", results[0], results[1]);
    return results[1];
  }

 private:
  Outcome run(FormatNumber from, std::size_t k, Bytes bytes) {
    T object;
    const Result<void> done = codecs_[static_cast<std::size_t>(from)][k]->decode(bytes, object);
    Outcome o;
    o.bytes = written(object, k);  // after a failed call, too: the object is valid
    if (!done) {
      return Outcome(done.error());
    }
    if (const Result<void> again =
            codecs_[static_cast<std::size_t>(from)][k]->decode(bytes, object);
        !again) {
      s_.fail("an object in use is not read", to_string(Outcome(again.error())));
    }
    // The order within a hash table depends on its history, so the bytes are sorted.
    if (const std::string second = written(object, k); sorted(second) != sorted(o.bytes)) {
      s_.fail("an object in use is read differently",
              show(as_bytes(o.bytes)) + "\n" + show(as_bytes(second)));
    }
    return o;
  }
  static std::string sorted(std::string s) {
    std::sort(s.begin(), s.end());
    return s;
  }
  std::string written(const T& object, std::size_t k) {
    std::string all;
    for (std::size_t w = 0; w < 2; ++w) {
      Buffer out;
      const Result<void> done = codecs_[w][k]->encode(object, out);
      all += done ? std::string(out.text()) : to_string(Outcome(done.error()));
      all += '|';
    }
    return all;
  }

  Subject& s_;
  std::optional<Codec<T>> codecs_[2][2];
};

// Does nothing unless the subject's root is `root`. Then T must be read as the record was
// (`of_record`), except for limits.
template <class T>
void check_object(Subject& s, std::string_view root, FormatNumber from, Bytes bytes,
                  const Outcome& of_record) {
  if (s.type().structure() == nullptr || s.type().structure()->schema->name != root) {
    return;
  }
  static std::map<const Subject*, std::unique_ptr<ObjectCodecs<T>>> by_subject;
  std::unique_ptr<ObjectCodecs<T>>& codecs = by_subject[&s];
  if (codecs == nullptr) {
    codecs = std::make_unique<ObjectCodecs<T>>(s);
  }
  Outcome o = codecs->check(from, bytes);
  if (!o.is_limit() && !of_record.is_limit() && o.code != of_record.code) {
    s.fail("object and record", to_string(o) + "\n" + to_string(of_record));
  }
}

inline void check_objects(Subject& s, FormatNumber from, Bytes bytes, const Outcome& of_record) {
  check_object<FlatObject>(s, "FlatObject", from, bytes, of_record);
  check_object<TreeObject>(s, "TreeObject", from, bytes, of_record);
}

}  // namespace wirejit::fuzz

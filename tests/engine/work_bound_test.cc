// The cost of a call is bounded by the bytes that it reads and writes, whether they are valid or not.
// The interpreter and the helpers count steps (jit/steps.h); no time is measured.
//   steps <= per_byte * (bytes read + bytes written) * (1 + levels of Any) + per_call
#include "jit/steps.h"
#include "tests/support/protojson_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

// ---- The bound

constexpr double per_byte = 24;
constexpr double per_call = 4000;
// A message of twice the size costs at most `doubled` times as many steps, and `doubled_more` more.
constexpr double doubled = 2.2;
constexpr double doubled_more = 1500;

// ---- The schema: every shape of field, and types that hold each other

Schema work_schema() {
  SchemaBuilder b;
  const Google google = add_google(b);
  b.add_document("work");
  StructType& node = b.add_struct("Node");
  node.oneofs.push_back({.name = "kind"});
  add_field(node, 1, "number", b.base(Kind::i32));
  add_field(node, 2, "text", b.base(Kind::string));
  add_field(node, 3, "child", b.of(node), present);
  add_field(node, 4, "children", b.list_of(b.of(node)));
  add_field(node, 5, "named", b.map_of(b.base(Kind::string), b.of(node)));
  add_field(node, 6, "numbers", b.list_of(b.base(Kind::i32)));
  add_field(node, 7, "words", b.map_of(b.base(Kind::string), b.base(Kind::string)));
  add_field(node, 8, "kind_text", b.base(Kind::string), present, 0);
  add_field(node, 9, "kind_node", b.of(node), present, 0);
  add_field(node, 10, "kind_number", b.base(Kind::i64), present, 0);
  add_field(node, 11, "any", b.of(*google.any), present);
  add_field(node, 12, "texts", b.list_of(b.base(Kind::string)));
  add_field(node, 13, "anys", b.list_of(b.of(*google.any)));
  add_field(node, 14, "counts", b.map_of(b.base(Kind::i32), b.base(Kind::i64)));
  add_field(node, 15, "loose", b.list_of(b.base(Kind::i32))).packed = false;
  return built(b);
}

// ---- Messages

std::string varint(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}
std::string number(unsigned field, std::uint64_t v) { return varint(field * 8) + varint(v); }
std::string bytes(unsigned field, const std::string& content) {
  return varint(field * 8 + 2) + varint(content.size()) + content;
}
std::string times(unsigned n, const std::function<std::string(unsigned)>& piece) {
  std::string s;
  for (unsigned i = 0; i < n; ++i) {
    s += piece(i);
  }
  return s;
}
std::string nested(unsigned n, std::string content,
                   const std::function<std::string(std::string)>& wrap) {
  for (unsigned i = 0; i < n; ++i) {
    content = wrap(std::move(content));
  }
  return content;
}
std::string name(unsigned i) { return "k" + std::to_string(i); }
std::string entry(const std::string& key, const std::string& value) {
  return bytes(1, key) + bytes(2, value);
}
std::string any_of(const std::string& content) {
  return bytes(1, "type.googleapis.com/work.Node") + bytes(2, content);
}

// A message with every field once, and `n` elements of repeated ones.
std::string usual(unsigned n) {
  return number(1, 150) + bytes(2, "some text") + bytes(3, number(1, 1) + bytes(2, "child")) +
         times(n, [](unsigned i) { return bytes(4, number(1, i) + bytes(2, "element")); }) +
         times(n, [](unsigned i) { return bytes(5, entry(name(i), number(1, i))); }) +
         bytes(6, times(n, varint)) +
         times(n, [](unsigned i) { return bytes(7, entry(name(i), "word")); }) + bytes(8, "kind") +
         times(n, [](unsigned i) { return bytes(12, name(i)); }) +
         times(n, [](unsigned i) { return bytes(14, number(1, i) + number(2, i * i)); }) +
         times(n, [](unsigned i) { return number(15, i); });
}

enum class Side : std::uint8_t { wire, proto, plain, binary, compact, tagged };
constexpr Side sides[] = {Side::wire,   Side::proto,   Side::plain,
                          Side::binary, Side::compact, Side::tagged};
const char* name_of(Side side) {
  switch (side) {
    case Side::wire: return "pb";
    case Side::proto: return "ProtoJSON";
    case Side::plain: return "json";
    case Side::compact: return "thrift-compact";
    case Side::tagged: return "thrift-json";
    default: return "thrift-binary";
  }
}
const Format& format_of(Side side) {
  static const Format text = pb::json({.reject_duplicates = false});
  switch (side) {
    case Side::wire: return pb::wire;
    case Side::proto: return text;
    case Side::plain: return json::text;
    case Side::compact: return thrift::compact;
    case Side::tagged: return thrift::json;
    default: return thrift::binary;
  }
}

// Messages in one format whose size grows with n. `of_any`: they have n levels of Any.
struct Family {
  const char* what;
  Side side;
  std::function<std::string(unsigned)> make;
  unsigned n = 200;
  bool of_any = false;

  // Whether some format may reject it.
  [[nodiscard]] bool may_fail() const {
    const std::string_view name = what;
    return name.find("error") != name.npos || name.find("oneof") != name.npos;
  }
};

const std::vector<Family>& families() {
  using F = std::vector<Family>;
  constexpr Side wire = Side::wire;
  const auto text_pieces = [](const std::string& open, const std::string& piece) {
    return [open, piece](unsigned n) {
      return "{" + open + times(n, [&](unsigned i) { return (i == 0 ? "" : ",") + piece; }) +
             (open.empty() ? "}" : "]}");
    };
  };
  const auto text_any = [](const std::string& more) {
    return [more](unsigned n) {
      return nested(n, R"({"number":1})", [&](const std::string& inner) {
        return R"({"any":{"@type":"type.googleapis.com/work.Node",)" + inner.substr(1) + more + "}";
      });
    };
  };
  static const F all = [&] {
    F f = {
        {"usual", wire, usual},
        {"empty messages", wire,
         [](unsigned n) { return times(n, [](unsigned) { return bytes(4, ""); }); }},
        {"empty messages, nested", wire,
         [](unsigned n) { return nested(n, "", [](const std::string& s) { return bytes(3, s); }); },
         25},
        {"unknown varints", wire,
         [](unsigned n) { return times(n, [](unsigned i) { return number(200, i); }); }},
        {"unknown texts", wire,
         [](unsigned n) { return times(n, [](unsigned i) { return bytes(200, name(i)); }); }},
        {"a number again", wire,
         [](unsigned n) { return times(n, [](unsigned i) { return number(1, i); }); }},
        {"a text again", wire,
         [](unsigned n) { return times(n, [](unsigned i) { return bytes(2, name(i)); }); }},
        {"a message again", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(3, number(1, i) + bytes(12, "x")); });
         }},
        {"a message again on each level", wire,
         [](unsigned n) {
           return nested(n, number(1, 1),
                         [](const std::string& s) { return bytes(3, s) + bytes(3, number(1, 2)); });
         },
         25},
        {"a number again on each level", wire,
         [](unsigned n) {
           return nested(n, "", [](const std::string& s) {
             return number(1, 1) + bytes(3, s) + number(1, 2);
           });
         },
         25},
        {"messages in lists, each with a number again", wire,
         [](unsigned n) {
           return times(n, [](unsigned) { return bytes(4, number(1, 1) + number(1, 2)); });
         }},
        {"one key", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(7, entry("key", name(i))); });
         }},
        {"one key of messages", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(5, entry("key", number(1, i))); });
         }},
        {"many keys", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(7, entry(name(i), "v")); });
         }},
        {"entries with key and value again", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) {
             return bytes(5, entry("a", "") + entry(name(i), number(1, i)));
           });
         }},
        {"entries in other places", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) {
             return bytes(7, entry(name(i), "v")) + bytes(14, number(1, i) + number(2, i));
           });
         }},
        {"a packed list one by one", wire,
         [](unsigned n) { return times(n, [](unsigned i) { return number(6, i); }); }},
        {"a packed list in many pieces", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(6, varint(i) + varint(1)); });
         }},
        {"a packed list in empty pieces", wire,
         [](unsigned n) { return times(n, [](unsigned) { return bytes(6, ""); }); }},
        {"a loose list in one piece", wire, [](unsigned n) { return bytes(15, times(n, varint)); }},
        {"a loose list in both forms", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return number(15, i) + bytes(15, varint(i)); });
         }},
        {"two lists in turns", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(12, name(i)) + number(15, i); });
         }},
        {"a oneof that switches", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) {
             return i % 3 == 0   ? bytes(8, name(i))
                    : i % 3 == 1 ? bytes(9, number(1, i))
                                 : number(10, i);
           });
         }},
        {"fields in reverse", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(4, bytes(2, name(i)) + number(1, i)); }) +
                  bytes(2, "t") + number(1, 1);
         }},
        {"groups that are unknown, nested", wire,
         [](unsigned n) {
           return nested(n, "", [](const std::string& s) {
             return varint(200 * 8 + 3) + s + varint(200 * 8 + 4);
           });
         },
         25},
        {"many Anys", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(13, any_of(number(1, i))); });
         }},
        {"many Anys with a number again", wire,
         [](unsigned n) {
           return times(n,
                        [](unsigned i) { return bytes(13, any_of(number(1, i) + number(1, 7))); });
         }},
        {"Any", wire,
         [](unsigned n) {
           return nested(n, number(1, 1),
                         [](const std::string& s) { return bytes(11, any_of(s)); });
         },
         12, true},
        {"Any with a number again on each level", wire,
         [](unsigned n) {
           return nested(n, number(1, 1), [](const std::string& s) {
             return number(1, 1) + bytes(11, any_of(s)) + number(1, 2);
           });
         },
         12, true},
        {"Any in parts on each level", wire,
         [](unsigned n) {
           return nested(n, number(1, 1), [](const std::string& s) {
             return bytes(11, bytes(1, "type.googleapis.com/work.Node")) + bytes(11, bytes(2, s));
           });
         },
         12, true},
        {"an Any of messages in parts", wire,
         [](unsigned n) {
           return bytes(11, any_of(times(n, [](unsigned i) { return bytes(3, number(1, i)); })));
         },
         200, false},
        {"an error at the end", wire, [](unsigned n) { return usual(n) + '\7'; }},
        {"an error at the end, a number again", wire,
         [](unsigned n) { return usual(n) + number(1, 1) + '\7'; }},
        {"an error inside, a message again", wire,
         [](unsigned n) {
           return times(n, [](unsigned i) { return bytes(3, number(1, i)); }) + bytes(3, "\7");
         }},
        {"an error in the innermost Any", wire,
         [](unsigned n) {
           return nested(n, "\7", [](const std::string& s) {
             return number(1, 1) + bytes(11, any_of(s)) + number(1, 2);
           });
         },
         12, true},
    };
    for (const Side side : {Side::plain, Side::proto}) {
      const F texts = {
          {"white space", side,
           [](unsigned n) {
             const std::string space(n, ' ');
             return space + "{" + space + "\"number\"" + space + ":" + space + "1" + space + "," +
                    space + "\"texts\"" + space + ":" + space + "[" + space + "\"a\"" + space +
                    "," + space + "\"b\"" + space + "]" + space + "}" + space;
           },
           400},
          {"new lines in a list", side, text_pieces("\"texts\":[", "\n\t\"a\"\r\n")},
          {"a number again", side, text_pieces("", "\"number\":1")},
          {"a text again", side, text_pieces("", R"("text":"a\n")")},
          {"a message again", side, text_pieces("", R"("child":{"number":1})")},
          {"a list again", side, text_pieces("", R"("numbers":[1,2])")},
          {"a null again", side, text_pieces("", R"("child":null,"text":null)")},
          {"unknown members", side, text_pieces("", R"("what":[{"a":"b"}])")},
          {"one key", side, text_pieces(R"("words":{"z":"","a":"a"},"texts":[)", "\"a\"")},
          {"one key again and again", side,
           [](unsigned n) {
             return R"({"words":{)" +
                    times(n,
                          [](unsigned i) {
                            return (i == 0 ? "" : ",") + std::string(R"("key":")") + name(i) + "\"";
                          }) +
                    "}}";
           }},
          {"many keys", side,
           [](unsigned n) {
             return R"({"words":{)" +
                    times(
                        n,
                        [](unsigned i) { return (i == 0 ? "\"" : ",\"") + name(i) + R"(":"")"; }) +
                    "}}";
           }},
          {"one large map, then many small ones", side,
           [](unsigned n) {
             return R"({"words":{)" +
                    times(
                        n,
                        [](unsigned i) { return (i == 0 ? "\"" : ",\"") + name(i) + R"(":"")"; }) +
                    "},\"children\":[" +
                    times(n,
                          [](unsigned i) {
                            return (i == 0 ? "" : ",") + std::string(R"({"words":{"a":"b"}})");
                          }) +
                    "]}";
           }},
          {"escapes", side,
           [](unsigned n) {
             return R"({"text":")" + times(n, [](unsigned) { return "\\u0041\\n"; }) + "\"}";
           }},
          {"long numbers", side,
           [](unsigned n) { return R"({"number":1.)" + std::string(n, '0') + "}"; }},
          {"a oneof that switches", side,
           text_pieces("", R"("kindText":null,"kind_number":1,"kind_node":{},"kindNode":null)")},
          {"fields in reverse", side, text_pieces("\"children\":[", R"({"text":"a","number":1})")},
          {"an error at the end", side,
           [](unsigned n) {
             return R"({"texts":[)" + times(n, [](unsigned) { return "\"a\","; }) + "]}";
           }},
          {"messages", side,
           [](unsigned n) {
             return nested(n, "{}", [](const std::string& s) { return "{\"child\":" + s + "}"; });
           },
           25},
          {"a number again on each level", side,
           [](unsigned n) {
             return nested(n, "{}", [](const std::string& s) {
               return R"({"number":1,"child":)" + s + R"(,"number":2})";
             });
           },
           25},
      };
      f.insert(f.end(), texts.begin(), texts.end());
    }
    const F nested_texts = {
        {"Any", Side::proto, text_any(""), 12, true},
        {"Any with a number again on each level", Side::proto,
         text_any(R"(,"number":1,"number":2)"), 12, true},
        {"Any, white space", Side::proto, text_any("          "), 12, true},
        {"Any whose type comes last", Side::proto,
         [](unsigned n) {
           return nested(n, R"({"number":1})", [](const std::string& inner) {
             return R"({"any":)" + inner.substr(0, inner.size() - 1) +
                    R"(,"@type":"type.googleapis.com/work.Node"}})";
           });
         },
         12, true},
        {"many Anys", Side::proto,
         text_pieces("\"anys\":[", R"({"@type":"a/work.Node","number":1,"number":2})")},
        {"an error in the innermost Any", Side::proto,
         [](unsigned n) {
           return nested(n, R"({"number":x})", [](const std::string& inner) {
             return R"({"number":1,"number":2,"any":{"@type":"a/work.Node",)" + inner.substr(1) +
                    "}";
           });
         },
         12, true},
    };
    f.insert(f.end(), nested_texts.begin(), nested_texts.end());
    const auto field = [](int code, int id) {
      return std::string{static_cast<char>(code), static_cast<char>(id >> 8),
                         static_cast<char>(id)};
    };
    const std::string word("\0\0\0\1", 4);
    const auto fields = [](std::string piece) {
      return [piece](unsigned n) {
        return times(n, [&](unsigned) { return piece; }) + std::string(1, '\0');
      };
    };
    const F binaries = {
        {"unknown numbers", Side::binary, fields(field(8, 200) + word)},
        {"unknown messages", Side::binary, fields(field(12, 200) + std::string(1, '\0'))},
        {"a number again", Side::binary, fields(field(8, 1) + word)},
        {"a text again", Side::binary, fields(field(11, 2) + word + "a")},
        {"a message again", Side::binary,
         fields(field(12, 3) + field(8, 1) + word + std::string(1, '\0'))},
        {"a list again", Side::binary, fields(field(15, 6) + "\x08" + word + word)},
        {"a oneof that switches", Side::binary,
         fields(field(11, 8) + word + "a" + field(12, 9) + std::string(1, '\0'))},
        {"fields of the wrong type", Side::binary, fields(field(11, 1) + word + "a")},
        {"a message again on each level", Side::binary,
         [field, word](unsigned n) {
           return nested(n, std::string(1, '\0'), [&](const std::string& s) {
             return field(12, 3) + s + field(8, 1) + word + field(8, 1) + word +
                    std::string(1, '\0');
           });
         },
         25},
    };
    f.insert(f.end(), binaries.begin(), binaries.end());
    // Long headers: the type, and the id as a zigzag varint.
    using namespace std::string_literals;
    const F compacts = {
        {"unknown numbers", Side::compact, fields("\x05\x90\x03\x02")},
        {"unknown messages", Side::compact, fields("\x0c\x90\x03\x00"s)},
        {"a number again", Side::compact, fields("\x05\x02\x02")},
        {"a text again", Side::compact, fields("\x08\x04\x01q")},
        {"a message again", Side::compact, fields("\x0c\x06\x15\x02\x00"s)},
        {"a list again", Side::compact, fields("\x09\x0c\x15\x02")},
        {"a oneof that switches", Side::compact, fields("\x08\x10\x01q\x0c\x12\x00"s)},
        {"fields of the wrong type", Side::compact, fields("\x08\x02\x01q")},
        {"a message again on each level", Side::compact,
         [](unsigned n) {
           return nested(n, std::string(1, '\0'), [](const std::string& inner) {
             return "\x0c\x06" + inner + "\x05\x02\x02\x05\x02\x02\x00"s;
           });
         },
         25},
    };
    f.insert(f.end(), compacts.begin(), compacts.end());
    const auto members = [](std::string piece) {
      return [piece](unsigned n) {
        return "{" + times(n, [&](unsigned i) { return (i == 0 ? "" : ",") + piece; }) + "}";
      };
    };
    const F tagged = {
        {"unknown numbers", Side::tagged, members(R"("200":{"i32":1})")},
        {"unknown messages", Side::tagged, members(R"("200":{"rec":{}})")},
        {"a number again", Side::tagged, members(R"("1":{"i32":1})")},
        {"a text again, white space", Side::tagged, members(R"( "2" : { "str" : "a" } )")},
        {"a message again", Side::tagged, members(R"("3":{"rec":{"1":{"i32":1}}})")},
        {"a list again", Side::tagged, members(R"("6":{"lst":["i32",1,1]})")},
        {"a oneof that switches", Side::tagged, members(R"("8":{"str":"a"},"9":{"rec":{}})")},
        {"fields of the wrong type", Side::tagged, members(R"("1":{"str":"a"})")},
        {"a message again on each level", Side::tagged,
         [](unsigned n) {
           return nested(n, "{}", [](const std::string& inner) {
             return R"({"3":{"rec":)" + inner + R"(},"1":{"i32":1},"1":{"i32":1}})";
           });
         },
         25},
        {"an error in a count", Side::tagged,
         [](unsigned n) {
           return R"({"6":{"lst":["i32",2000000000)" +
                  times(n, [](unsigned i) { return "," + std::to_string(i); }) + "]}}";
         }},
    };
    f.insert(f.end(), tagged.begin(), tagged.end());
    return f;
  }();
  return all;
}

// ---- Calls

// The steps and bytes of a call, measured the second time, when nothing is compiled any more.
struct Work {
  std::uint64_t steps = 0;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  bool ok = false;
};

class Calls {
 public:
  Calls() {
    schema_ = work_schema();
    const Result<RecordType> type = RecordType::make(schema_, "work.Node", {.keep_unknown = true});
    type_ = *type;
    for (const Side from : sides) {
      codecs_.emplace(from, *engine_.record_codec(type_, format_of(from), options(false)));
      for (const Side to : sides) {
        for (const bool through_record : {false, true}) {
          transcoders_.emplace(std::tuple(from, to, through_record),
                               *engine_.transcoder({schema_, type_.type()}, format_of(from),
                                                   format_of(to), options(through_record)));
        }
      }
    }
  }

  // Calls each(name of the call, work) for every call that reads the message.
  template <class F>
  void of_message(Side from, const std::string& message, F&& each) {
    for (const Side to : sides) {
      for (const bool through_record : {false, true}) {
        const Transcoder& t = transcoders_.at({from, to, through_record});
        each(std::string(name_of(from)) + " to " + name_of(to) +
                 (through_record ? " through a record" : ""),
             measure(message.size(), [&](Buffer& out) { return t.transcode(message, out); }));
      }
    }
    Arena arena;
    Result<Record> record = std::unexpected(Error(Errc::internal));
    const RecordCodec& codec = codecs_.at(from);
    each(std::string(name_of(from)) + " to a record",
         measure(message.size(), [&](Buffer&) -> Result<void> {
           arena.reset();
           record = codec.decode(message, arena);
           return record ? Result<void>() : std::unexpected(record.error());
         }));
    if (!record) {
      return;
    }
    for (const Side to : sides) {
      each(std::string("record of ") + name_of(from) + " to " + name_of(to),
           measure(message.size(),
                   [&](Buffer& out) { return codecs_.at(to).encode(*record, out); }));
    }
  }

 private:
  static Options options(bool through_record) {
    Options o;
    o.unknown_fields = Unknown::keep;
    o.debug.through_record = through_record;
    return o;
  }
  template <class F>
  Work measure(std::size_t read, F call) {
    Work w;
    for (int turn = 0; turn < 2; ++turn) {
      Buffer out;
      steps_.restart();
      w.ok = call(out).has_value();
      w = {steps_.steps(), read, out.size(), w.ok};
    }
    return w;
  }

  jit::StepCount steps_;  // before the engine
  Schema schema_;
  RecordType type_;
  Engine engine_{{.kind = EngineOptions::Kind::interpret}};
  std::map<Side, RecordCodec> codecs_;
  std::map<std::tuple<Side, Side, bool>, Transcoder> transcoders_;
};

Calls& calls() {
  static Calls all;
  return all;
}

// Steps for each byte read or written and each level of Any, without the constant part of the bound.
double steps_per_byte(const Work& w, unsigned levels) {
  const double bytes_moved = static_cast<double>(w.read + w.written) * (1 + levels);
  return std::max(0.0, static_cast<double>(w.steps) - per_call) / std::max(1.0, bytes_moved);
}

TEST(WorkBound, StepsFollowTheBytes) {
  std::map<std::string, std::pair<double, std::string>> worst;  // by call
  for (const Family& f : families()) {
    bool bounded = true;
    for (const unsigned n : {f.n, f.n * 2}) {
      if (!bounded) {
        break;  // a message of twice the size might take too long
      }
      const unsigned levels = f.of_any ? n : 1;
      calls().of_message(f.side, f.make(n), [&](const std::string& call, const Work& w) {
        EXPECT_TRUE(w.ok || f.may_fail()) << f.what << " x " << n << ", " << call;
        const double ratio = steps_per_byte(w, levels);
        EXPECT_LE(ratio, per_byte)
            << f.what << " x " << n << ", " << call << ": " << w.steps << " steps, " << w.read
            << " bytes read, " << w.written << " written" << (w.ok ? "" : ", rejected");
        bounded = bounded && ratio <= per_byte;
        auto& [most, what] = worst[call];
        if (ratio > most) {
          most = ratio;
          what = f.what;
        }
      });
    }
  }
  for (const auto& [call, most] : worst) {
    std::printf("%-48s at most %5.1f steps a byte (of %.0f): %s\n", call.c_str(), most.first,
                per_byte, most.second.c_str());
  }
}

TEST(WorkBound, TwiceTheMessageIsTwiceTheWork) {
  for (const Family& f : families()) {
    std::map<std::string, double> once;
    bool bounded = true;
    const auto normalized = [&](const Work& w, unsigned n) {
      return static_cast<double>(w.steps) / (f.of_any ? 1 + n : 1);
    };
    calls().of_message(f.side, f.make(f.n), [&](const std::string& call, const Work& w) {
      once[call] = normalized(w, f.n);
      bounded = bounded && steps_per_byte(w, f.of_any ? f.n : 1) <= per_byte;
    });
    if (!bounded) {
      ADD_FAILURE() << f.what << " x " << f.n << " is beyond the bound already";
      continue;
    }
    calls().of_message(f.side, f.make(2 * f.n), [&](const std::string& call, const Work& w) {
      EXPECT_LE(normalized(w, 2 * f.n), doubled * once[call] + doubled_more)
          << f.what << " x " << f.n << " and twice that, " << call << (w.ok ? "" : ", rejected");
    });
  }
}

// A call that rejects a truncated message costs no more than its bytes allow, wherever it is cut.
TEST(WorkBound, TruncatedMessages) {
  Buffer buffer;
  for (const Side side : sides) {
    std::string message = usual(3) + bytes(11, any_of(number(1, 1)));
    if (side != Side::wire) {
      const Engine engine({.kind = EngineOptions::Kind::interpret});
      const Schema schema = work_schema();
      const Result<Transcoder> t =
          engine.transcoder(*schema.find_type("work.Node"), pb::wire, format_of(side));
      ASSERT_TRUE(t.has_value()) << t.error().to_string();
      buffer.clear();
      ASSERT_TRUE(t->transcode(message, buffer));
      message = buffer.text();
    }
    for (std::size_t size = 0; size <= message.size(); ++size) {
      calls().of_message(side, message.substr(0, size),
                         [&](const std::string& call, const Work& w) {
                           EXPECT_LE(steps_per_byte(w, 1), per_byte)
                               << "cut at " << size << ", " << call << ": " << w.steps << " steps";
                         });
    }
  }
}

// Each byte that a reader walks over and each instruction is counted.
TEST(WorkBound, CountsBytesAndInstructions) {
  Work small;
  Work large;
  calls().of_message(
      Side::wire, bytes(2, std::string(100, 'a')),
      [&](const std::string& call, const Work& w) { small = call == "pb to json" ? w : small; });
  calls().of_message(
      Side::wire, bytes(2, std::string(80100, 'a')),
      [&](const std::string& call, const Work& w) { large = call == "pb to json" ? w : large; });
  EXPECT_GT(small.steps, 10U);
  EXPECT_GT(large.steps, small.steps + 10000);
}

}  // namespace
}  // namespace wirejit::test

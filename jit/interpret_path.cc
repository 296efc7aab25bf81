// Paths as text: names of fields, positions in lists, keys of maps.
#include "jit/interpret_path.h"

#include "core/excerpt.h"

#include <wirejit/schema.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>

namespace wirejit::jit {

namespace {

std::string real_text(double v) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

std::string uuid_text(const char* bytes) {
  std::string out;
  for (unsigned k = 0; k < 16; ++k) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(bytes[k]));
    out += k == 4 || k == 6 || k == 8 || k == 10 ? "-" : "";
    out += hex;
  }
  return out;
}

std::string enum_text(const EnumType& type, std::int64_t number) {
  for (const EnumValue& v : type.values) {
    if (v.number == number) {
      return v.name;
    }
  }
  return std::to_string(number);
}

std::string key_text(const Type& type, const Recorder::Key& key) {
  const auto number = static_cast<std::int64_t>(key.word);
  switch (type.kind) {
    case Kind::boolean: return key.word != 0 ? "true" : "false";
    case Kind::u64: return std::to_string(key.word);
    case Kind::float64: return real_text(std::bit_cast<double>(key.word));
    case Kind::float32:
      return real_text(double{std::bit_cast<float>(static_cast<std::uint32_t>(key.word))});
    case Kind::enumeration: return enum_text(*type.enumeration, number);
    case Kind::uuid: return key.word == 16 ? uuid_text(key.bytes) : "?";
    case Kind::string:
    case Kind::binary: {
      const std::size_t have = std::min<std::uint64_t>(key.word, Recorder::Key::most);
      return core::excerpt({key.bytes, have});
    }
    default: return std::to_string(number);
  }
}

class PathText {
 public:
  explicit PathText(const Module& module) : module_(module) {}

  void add(const Recorder::Frame& frame) {
    std::vector<std::uint32_t> chain;
    for (std::uint32_t n = frame.node; n != 0; n = module_.nodes[n].parent) {
      chain.push_back(n);
    }
    for (auto n = chain.rbegin(); n != chain.rend(); ++n) {
      add(frame, module_.nodes[*n]);
    }
    const StructType* const s = module_.nodes[frame.node].structure;
    if (s != nullptr && frame.field >= 0 &&
        static_cast<std::size_t>(frame.field) < s->fields.size()) {
      add_name(s->fields[static_cast<std::size_t>(frame.field)].name);
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add_name(std::string_view name) {
    text_ += text_.empty() ? "" : ".";
    text_ += name;
  }

  void add(const Recorder::Frame& frame, const PathNode& node) {
    switch (node.what) {
      case PathNode::What::root: return;
      case PathNode::What::field: add_name(node.name); return;
      default: break;
    }
    const auto walk = std::find_if(frame.walks.begin(), frame.walks.end(),
                                   [&](const Recorder::Walk& w) { return w.node == node.parent; });
    text_ += '[';
    if (walk == frame.walks.end()) {
      text_ += '?';
    } else if (node.what == PathNode::What::element) {
      text_ += std::to_string(walk->count - 1);
    } else {
      add_entry(node, *walk);
    }
    text_ += ']';
  }

  void add_entry(const PathNode& node, const Recorder::Walk& walk) {
    const Type* const map = module_.nodes[node.parent].type;
    if (walk.key.is_known && map != nullptr && map->key != nullptr) {
      text_ += key_text(*map->key, walk.key);
      return;
    }
    text_ += node.what == PathNode::What::key ? "key " : "value ";
    text_ += std::to_string(walk.count);
  }

  const Module& module_;
  std::string text_;
};

}  // namespace

std::string render_path(const Module& module, const Recorder& recorder) {
  PathText path(module);
  for (auto frame = recorder.frames.rbegin(); frame != recorder.frames.rend(); ++frame) {
    path.add(*frame);
  }
  return path.take();
}

}  // namespace wirejit::jit

// Parses a message as a list of fields, and a text as a list of members, just enough to change one.
#include "fuzz/any_mutator.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wirejit::fuzz {

namespace {

using test::Random;

// ---- The wire

std::string varint(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}
std::string with_length(unsigned field, std::string_view content) {
  return varint(field * 8 + 2) + varint(content.size()) + std::string(content);
}

struct WireField {
  std::size_t begin = 0;
  std::size_t content = 0;  // of a field with a length
  std::size_t end = 0;
  std::uint64_t tag = 0;
};

bool read_varint(std::string_view s, std::size_t& at, std::uint64_t& v) {
  v = 0;
  for (unsigned shift = 0; shift < 64 && at < s.size(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(s[at++]);
    v |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  return false;
}

// The fields of a message; nothing if it is malformed or has groups.
std::optional<std::vector<WireField>> fields_of(std::string_view s) {
  std::vector<WireField> fields;
  for (std::size_t at = 0; at < s.size();) {
    WireField f{.begin = at};
    std::uint64_t v = 0;
    if (!read_varint(s, at, f.tag) || f.tag < 8) {
      return std::nullopt;
    }
    f.content = at;
    switch (f.tag & 7) {
      case 0:
        if (!read_varint(s, at, v)) {
          return std::nullopt;
        }
        break;
      case 1: at += 8; break;
      case 2:
        if (!read_varint(s, at, v) || v > s.size() - at) {
          return std::nullopt;
        }
        f.content = at;
        at += v;
        break;
      case 5: at += 4; break;
      default: return std::nullopt;
    }
    if (at > s.size()) {
      return std::nullopt;
    }
    f.end = at;
    fields.push_back(f);
  }
  return fields;
}

bool change_fields(std::string& s, Random& r, int depth) {
  const auto fields = fields_of(s);
  if (!fields || fields->empty()) {
    return false;
  }
  const WireField f = (*fields)[r.below(fields->size())];
  const std::string whole = s.substr(f.begin, f.end - f.begin);
  const auto number = static_cast<unsigned>(f.tag >> 3);
  const bool has_length = (f.tag & 7) == 2;
  if (has_length && depth < 60 && r.chance(60)) {  // inside
    std::string content = s.substr(f.content, f.end - f.content);
    if (change_fields(content, r, depth + 1)) {
      s.replace(f.begin, f.end - f.begin, with_length(number, content));
      return true;
    }
  }
  if (has_length && r.chance(50)) {  // in two pieces
    const std::string content = s.substr(f.content, f.end - f.content);
    const auto parts = fields_of(content);
    if (parts && parts->size() > 1) {
      const std::size_t at = (*parts)[1 + r.below(parts->size() - 1)].begin;
      s.replace(
          f.begin, f.end - f.begin,
          with_length(number, content.substr(0, at)) + with_length(number, content.substr(at)));
      return true;
    }
  }
  // Repeated, before any other field or at the end.
  s.insert(r.chance(50) ? s.size() : (*fields)[r.below(fields->size())].begin, whole);
  return true;
}

// ---- Text

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The members of all objects. Strings are skipped and brackets counted; nothing else is checked.
std::vector<Range> members_of(std::string_view s) {
  struct Open {
    bool object = false;
    std::size_t begin = 0;  // of the current member
  };
  std::vector<Range> members;
  std::vector<Open> open;
  const auto finish = [&](std::size_t at) {
    if (!open.empty() && open.back().object && at > open.back().begin) {
      members.push_back({open.back().begin, at});
    }
  };
  for (std::size_t at = 0; at < s.size(); ++at) {
    switch (s[at]) {
      case '"':
        for (++at; at < s.size() && s[at] != '"'; ++at) {
          at += s[at] == '\\' ? 1 : 0;
        }
        break;
      case '{':
      case '[': open.push_back({s[at] == '{', at + 1}); break;
      case ',':
        finish(at);
        if (!open.empty()) {
          open.back().begin = at + 1;
        }
        break;
      case '}':
      case ']':
        finish(at);
        if (!open.empty()) {
          open.pop_back();
        }
        break;
      default: break;
    }
  }
  return members;
}

}  // namespace

bool mutate_message(std::string& bytes, std::string_view type, unsigned any, Random& r) {
  if (r.chance(30)) {
    const std::string url = "type.googleapis.com/" + std::string(type);
    bytes = with_length(any, with_length(1, url) + with_length(2, bytes));
    return true;
  }
  return change_fields(bytes, r, 0);
}

bool mutate_text(std::string& text, std::string_view type, std::string_view any, Random& r) {
  const std::size_t brace = text.find('{');
  if (brace == std::string::npos) {
    return false;
  }
  if (r.chance(40)) {
    const std::vector<Range> members = members_of(text);
    text.insert(brace + 1, "\"@type\":\"type.googleapis.com/" + std::string(type) + "\"" +
                               (members.empty() ? "" : ","));
    text = "{\"" + std::string(any) + "\":" + text.substr(brace) + "}";
    return true;
  }
  const std::vector<Range> members = members_of(text);
  if (members.empty()) {
    return false;
  }
  const Range m = members[r.below(members.size())];
  text.insert(m.end, "," + text.substr(m.begin, m.end - m.begin));
  return true;
}

}  // namespace wirejit::fuzz

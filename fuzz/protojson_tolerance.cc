// The list. Most entries look at the strings of the text, or at the place of wirejit's error.
#include "fuzz/protojson_tolerance.h"

#include "fuzz/pb_schemas.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>

namespace wirejit::fuzz {

namespace {

struct Tolerance {
  const char* name;
  bool (*applies)(const Difference& d);
};

// The text from the offset of wirejit's error on.
std::string_view rest(const Difference& d) {
  return d.text.substr(std::min(d.ours.offset, d.text.size()));
}
char at(const Difference& d) { return rest(d).empty() ? '\0' : rest(d).front(); }
bool only_json_util_accepts(const Difference& d) { return !d.ours.ok() && d.theirs; }
bool only_wirejit_accepts(const Difference& d) { return d.ours.ok() && !d.theirs; }

// Whether `is_such` holds for one of the text's strings, given without quotes, with its escapes.
template <class F>
bool any_string(std::string_view text, F&& is_such) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') {
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && text[end] != '"') {
      end += text[end] == '\\' ? 2 : 1;
    }
    if (is_such(text.substr(i + 1, std::min(end, text.size()) - i - 1))) {
      return true;
    }
    i = end;
  }
  return false;
}

// Levels of brackets; brackets in strings are counted, too.
std::size_t depth(std::string_view text) {
  std::size_t open = 0;
  std::size_t most = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') {
      most = std::max(most, ++open);
    } else if ((c == '}' || c == ']') && open > 0) {
      --open;
    }
  }
  return most;
}

bool has_groups(std::string_view root, std::string_view text) {
  return root.starts_with("two.") && any_string(text, [](std::string_view s) {
           return s == "one" || s == "many" || s == "grouped" || s.find('\\') != s.npos;
         });
}

// The name of a type with another prefix than "type.googleapis.com/", or with an escape.
bool has_other_url(std::string_view text) {
  const bool has_any =
      any_string(text, [](std::string_view s) { return s == "@type" || s.find('\\') != s.npos; });
  return has_any && any_string(text, [](std::string_view s) {
           return s.find('/') != s.npos && !s.starts_with("type.googleapis.com/");
         });
}

bool is_number_with_exponent(std::string_view s) {
  return !s.empty() && s.find_first_not_of("-+.eE0123456789") == s.npos &&
         s.find_first_of(".eE") != s.npos;
}

// Base64 whose last character has bits that belong to no byte.
bool has_bits_left(std::string_view s) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  s = s.substr(0, s.find('='));
  if (s.size() % 4 < 2) {
    return false;
  }
  const char last = s.back();
  const std::size_t value = last == '+' || last == '-'   ? 62
                            : last == '/' || last == '_' ? 63
                                                         : alphabet.find(last);
  return value < 64 && value % (s.size() % 4 == 2 ? 16 : 4) != 0;
}

// The place of wirejit's error, by its path.
struct Place {
  const Type* type = nullptr;          // null at the root
  Semantic semantic = Semantic::none;  // of the innermost well-known type on the path
};
Place place_of(const Difference& d) {
  const StructType* type = &pb_schema().find_struct(d.root)->get();
  Place p{nullptr, type->semantic};
  std::string_view path = d.ours.path;
  while (type != nullptr && !path.empty()) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const int index = type->index_of_name(path.substr(0, end));
    if (index < 0) {
      return p;
    }
    p.type = type->fields[static_cast<std::size_t>(index)].type;
    path.remove_prefix(end);
    while (path.starts_with('[') && (p.type->kind == Kind::map || p.type->kind == Kind::list)) {
      p.type = p.type->kind == Kind::map ? p.type->value : p.type->element;
      path.remove_prefix(std::min(path.find(']'), path.size() - 1) + 1);
    }
    type = p.type->kind == Kind::structure ? p.type->structure : nullptr;
    if (type != nullptr && type->semantic != Semantic::none) {
      p.semantic = type->semantic;
    }
    path.remove_prefix(path.empty() ? 0 : 1);
  }
  return p;
}
bool is_in(const Difference& d, Semantic semantic) { return place_of(d).semantic == semantic; }
bool has_kind(const Difference& d, std::initializer_list<Kind> kinds) {
  const Type* const type = place_of(d).type;
  return type != nullptr && std::find(kinds.begin(), kinds.end(), type->kind) != kinds.end();
}
// The string or word at wirejit's error, without quotes.
std::string_view token_at(const Difference& d) {
  std::string_view s = rest(d);
  s.remove_prefix(s.starts_with('"') ? 1 : 0);
  return s.substr(0, s.find_first_of("\",]} \t\r\n"));
}
bool is_quoted(const Difference& d) {
  return at(d) == '"' ||
         (d.ours.offset > 0 && d.ours.offset < d.text.size() && d.text[d.ours.offset - 1] == '"');
}
bool is_made_of(std::string_view s, const char* alphabet) {
  return s.find_first_not_of(alphabet) == s.npos;
}
// A path of a field mask that begins with a capital, or has two in a row.
bool has_odd_capitals(std::string_view root, std::string_view text) {
  const bool has_masks = root == "known.All" || root.ends_with(".FieldMask") ||
                         text.find("FieldMask") != text.npos || text.find("known.") != text.npos;
  const auto is_odd = [](std::string_view s) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      const bool in_word = i > 0 && s[i - 1] >= 'a' && s[i - 1] <= 'z';
      if (s[i] >= 'A' && s[i] <= 'Z' && !in_word) {
        return true;
      }
    }
    return false;
  };
  return has_masks && any_string(text, is_odd);
}
// Whether the text has a number that json_util may round: one with an exponent or many digits, or
// a negative zero.
bool has_rough_number(std::string_view text) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
    if (digits > 15 || text.substr(i).starts_with("-0") ||
        (i > 0 && (text[i] | 0x20) == 'e' && text[i - 1] >= '0' && text[i - 1] <= '9')) {
      return true;
    }
  }
  return false;
}

constexpr Tolerance tolerances[] = {
    // ---- wirejit accepts
    {"json_util knows no groups", [](const Difference& d) { return has_groups(d.root, d.text); }},
    {"it finds types under type.googleapis.com alone",
     [](const Difference& d) { return only_wirejit_accepts(d) && has_other_url(d.text); }},
    {"it rejects integers in quotes with a point or exponent",
     [](const Difference& d) {
       return only_wirejit_accepts(d) && any_string(d.text, is_number_with_exponent);
     }},
    {"it rejects bits after the last byte of Base64; the conformance suite has such texts",
     [](const Difference& d) {
       return only_wirejit_accepts(d) && any_string(d.text, has_bits_left);
     }},
    {"it counts levels otherwise", [](const Difference& d) { return depth(d.text) > 40; }},
    // ---- wirejit rejects
    {"it takes null in lists and maps for zero or nothing, and for any message at the root",
     [](const Difference& d) {
       return only_json_util_accepts(d) && d.ours.code == Errc::null_value;
     }},
    {"it takes fields and keys that come twice",
     [](const Difference& d) {
       return only_json_util_accepts(d) &&
              (d.ours.code == Errc::duplicate_field || d.ours.code == Errc::duplicate_key);
     }},
    {"it takes a value alone for a list of one",
     [](const Difference& d) {
       return only_json_util_accepts(d) && has_kind(d, {Kind::list}) && at(d) != '[';
     }},
    {"it flattens lists in lists",
     [](const Difference& d) { return only_json_util_accepts(d) && at(d) == '['; }},
    {"it takes bools and numbers of enums in quotes",
     [](const Difference& d) {
       return only_json_util_accepts(d) && is_quoted(d) &&
              has_kind(d, {Kind::boolean, Kind::enumeration, Kind::structure});
     }},
    {"it takes what strtol takes as a number in quotes",
     [](const Difference& d) {
       return only_json_util_accepts(d) && d.ours.code == Errc::invalid_number &&
              is_made_of(token_at(d), "+-0123456789.eE");
     }},
    {"it rounds numbers before it looks at them",
     [](const Difference& d) { return has_rough_number(d.text); }},
    {"it also reads an object where a message has a text of its own",
     [](const Difference& d) {
       return only_json_util_accepts(d) && at(d) == '{' && !is_in(d, Semantic::none);
     }},
    {"it takes timestamps with fewer digits, and notices their range when it writes",
     [](const Difference& d) {
       return only_json_util_accepts(d) && is_in(d, Semantic::timestamp) &&
              (d.ours.code == Errc::number_out_of_range || d.ours.code == Errc::invalid_string);
     }},
    {"it takes more for a duration: signs, zeros and more digits",
     [](const Difference& d) { return only_json_util_accepts(d) && is_in(d, Semantic::duration); }},
    {"it takes any text for a field mask",
     [](const Difference& d) {
       return only_json_util_accepts(d) ? is_in(d, Semantic::field_mask)
                                        : has_odd_capitals(d.root, d.text);
     }},
    {"it makes a list of one null of null, where the elements may be null",
     [](const Difference& d) {
       return d.text.find("null") != d.text.npos &&
              any_string(d.text, [](std::string_view s) { return s == "values" || s == "nulls"; });
     }},
};

}  // namespace

const char* tolerance(const Difference& d) {
  for (const Tolerance& t : tolerances) {
    if (t.applies(d)) {
      return t.name;
    }
  }
  return nullptr;
}

bool text_is_tolerated(std::string_view root, std::string_view text) {
  return has_groups(root, text) || has_other_url(text) || depth(text) > 40 ||
         has_odd_capitals(root, text);
}

bool may_have_null_value(std::string_view text) {
  return any_string(
      text, [](std::string_view s) { return s.find("ull") != s.npos || s.find('\\') != s.npos; });
}

}  // namespace wirejit::fuzz

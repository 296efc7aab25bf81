/// @file
/// JSON (RFC 8259) as a format: plain JSON, and the options of both dialects. Entry: json::text;
/// pb::json (pb.h) is the dialect of Protobuf. Invariant: what is written is valid JSON in UTF-8;
/// what is read is checked in full, also where it is skipped.
///
///     auto codec = engine.codec<Order>(wirejit::json::text);
///     auto pretty = engine.codec<Order>(wirejit::json::text({.indent = 2}));
///
/// Structs are objects keyed by Field::json_name, lists and sets are arrays, binary is Base64, a
/// uuid is its canonical text, an enum is its member's name. A map is an object if its keys are
/// scalars, strings, enums, binary or uuids; otherwise it is an array of [key, value] pairs. null
/// in place of a field's value means that the field is absent. Of keys that come twice the last one
/// counts, null like a value; Options::reject_duplicate_fields and reject_duplicate_keys reject
/// them. With Unknown::keep, members that the schema lacks are kept as text and written back to
/// either dialect, but for those whose key a field of the written struct has.
///
/// The file json/README.md of the sources lists every decision that the RFC leaves free.
#pragma once

#include <wirejit/format.h>

/// JSON.
namespace wirejit::json {

/// Options of plain JSON. Where nothing else is said, they tell how text is written, and both forms
/// are read.
struct TextOptions {
  /// 0: compact. Otherwise the number of spaces of a level, at most 64; a newline follows the root.
  unsigned indent = 0;
  /// Numbers of 64 bits (i64, u64) are in quotes.
  bool int64_as_string = false;
  /// Enums are numbers, not names.
  bool enums_as_numbers = false;
  /// Numbers that JSON lacks are written as "NaN", "Infinity" or "-Infinity"; otherwise writing
  /// them fails with invalid_number. The texts are read in either case.
  bool nan_as_string = true;
  /// Base64 has the alphabet of URLs ('-' and '_').
  bool base64_url = false;
  /// Base64 ends with '=' where its length asks for it.
  bool base64_padding = true;
  /// Keys are Field::name, not Field::json_name, when written and when read.
  bool plain_names = false;
  /// Read: a number that the enum lacks is unknown_enum; otherwise it is kept.
  bool reject_unknown_numbers = false;

  /// True if all options are equal.
  friend bool operator==(const TextOptions&, const TextOptions&) = default;
};

/// Plain JSON. By default compact; `json::text({.indent = 2})` has other options. Thread-safe.
extern const FormatWith<TextOptions> text;

/// Options of pb::json, that is, of ProtoJSON, the mapping that Protobuf defines for its messages
/// (https://protobuf.dev/programming-guides/json): 64-bit integers in quotes, fields without
/// presence left out when they are zero or empty, null for a field that is not set, one member of a
/// oneof, and texts of their own for structs and enums that have a Semantic (schema.h). Keys are
/// read in both spellings, Field::json_name and Field::name.
///
/// Unknown keys and names of enums are errors unless Options::unknown_fields says otherwise: then
/// keys are skipped or kept, and names skipped: fields of that value are not set, elements and
/// entries left out. In an Any nothing can be kept: with Unknown::keep, they are errors there.
struct ProtoOptions {
  /// Written: fields without presence that are zero or empty, too.
  bool always_print_fields_without_presence = false;
  /// Written: keys are Field::name, not Field::json_name.
  bool preserve_proto_names = false;
  /// Written: enums are numbers, not names.
  bool enums_as_numbers = false;
  /// Written: as TextOptions::indent.
  unsigned indent = 0;
  /// Read: a field or key that comes twice is an error; otherwise the last one counts.
  bool reject_duplicates = true;

  /// True if all options are equal.
  friend bool operator==(const ProtoOptions&, const ProtoOptions&) = default;
};

}  // namespace wirejit::json

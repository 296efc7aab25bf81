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
#include <wirejit/options.h>

#include <array>
#include <cstdint>
#include <string_view>

/// JSON.
namespace wirejit::json {

/// How integers are written and which of them may be in quotes.
enum class Int64 : std::uint8_t {
  number,  ///< written as numbers
  text,    ///< those of 64 bits (i64, u64) are written in quotes, and may be in quotes
  /// Fields with Field::text_numbers (in Thrift's IDL: `api.js_conv`): integers, of any width, are
  /// written in quotes; numbers may be in quotes, and "" is 0; of a string, a number, true or false
  /// is taken as text. The same of elements, keys and values of the field's lists and maps, but not
  /// of the fields of structs in it. Other fields: as `number`.
  by_field,
};

/// How NaN and the infinities are written, which JSON lacks.
enum class NotFinite : std::uint8_t {
  text,   ///< "NaN", "Infinity", "-Infinity"
  null,   ///< null; as a map's key they are an error
  error,  ///< writing them fails with invalid_number
};

/// How binary is written and read.
enum class Binary : std::uint8_t {
  base64,      ///< Base64
  base64_url,  ///< Base64, written with the alphabet of URLs ('-' and '_')
  /// The bytes are the text. Those that are no UTF-8 cannot be written (invalid_utf8), unless
  /// Options::validate_utf8 is off.
  raw,
};

/// Which keys a struct's fields have.
enum class Keys : std::uint8_t {
  alias,  ///< Field::json_name
  name,   ///< Field::name
  both,   ///< Field::json_name is written, both are read; a key that fits two fields is the first's
};

/// What becomes of a null that is an element of a list or set, or a value of a map. A null in place
/// of a map's key or of the root is an error (null_value).
enum class Nulls : std::uint8_t {
  error,  ///< null_value
  /// The element, or the entry, is left out; the entry's key counts for nothing, whatever it is. In a
  /// map that is an array of pairs it is null_value.
  drop,
  /// 0, false, or empty (MissingRequired). Of a struct, the fields that are not required are as where
  /// they do not come. null_value where there is no such value, or where the structs that the zero
  /// holds by requirement, itself counted, have more than 2048 fields.
  zero,
};

/// Options of plain JSON. Where nothing else is said, they tell how text is written, and both forms
/// are read.
struct TextOptions {
  /// 0: compact. Otherwise the number of spaces of a level, at most 64; a newline follows the root.
  unsigned indent = 0;
  /// Which integers are in quotes.
  Int64 int64 = Int64::number;
  /// Read: numbers, but for those that `int64` puts in quotes, may be in quotes. If not, they are
  /// type_mismatch, or unknown_enum. Keys of maps are in quotes in either case.
  bool accept_text_numbers = true;
  /// Enums are numbers, not names.
  bool enums_as_numbers = false;
  /// How numbers are written that JSON lacks. Their texts are read where they are written, or
  /// where accept_text_numbers is on.
  NotFinite not_finite = NotFinite::text;
  /// Written and read: what text stands for binary.
  Binary binary = Binary::base64;
  /// Base64 ends with '=' where its length asks for it.
  bool base64_padding = true;
  /// Written and read: the keys of fields.
  Keys keys = Keys::alias;
  /// Read: a number that the enum lacks is unknown_enum; otherwise it is kept.
  bool reject_unknown_numbers = false;
  /// Read: what becomes of null in lists and maps.
  Nulls nulls = Nulls::error;

  /// True if all options are equal.
  friend bool operator==(const TextOptions&, const TextOptions&) = default;
};

/// Plain JSON. By default compact; `json::text({.indent = 2})` has other options. Thread-safe.
extern const FormatWith<TextOptions> text;

/// All rules of a conversion between JSON and another format: those of the text, and those of what
/// does not come or is unknown. docs/json-and-thrift.md has a table of them.
///
///     const json::Profile& p = json::kitex_json;
///     auto to_thrift = engine.transcoder(type, json::text(p.text), thrift::binary, p.options);
struct Profile {
  TextOptions text{};  ///< of the format: json::text(profile.text)
  Options options{};   ///< of the codec or transcoder

  /// True if all options are equal.
  friend bool operator==(const Profile&, const Profile&) = default;
};

/// What Kitex's generic calls with JSON do: missing fields are zero unless they are optional, null
/// is dropped from lists and maps, api.js_conv is obeyed, numbers may be in quotes, enums are
/// numbers.
inline constexpr Profile kitex_json{.text = {.int64 = Int64::by_field,
                                             .enums_as_numbers = true,
                                             .not_finite = NotFinite::error,
                                             .nulls = Nulls::drop},
                                    .options = {.missing_required = MissingRequired::zero,
                                                .default_fields = MissingFields::all,
                                                .unknown_fields = Unknown::skip}};
/// What Kitex's generic HTTP calls do with bodies: as kitex_json, but binary is raw text, and
/// numbers in quotes are accepted for fields with api.js_conv alone.
inline constexpr Profile kitex_http{.text = {.int64 = Int64::by_field,
                                             .accept_text_numbers = false,
                                             .enums_as_numbers = true,
                                             .not_finite = NotFinite::error,
                                             .binary = Binary::raw,
                                             .nulls = Nulls::drop},
                                    .options = {.missing_required = MissingRequired::zero,
                                                .default_fields = MissingFields::all,
                                                .unknown_fields = Unknown::skip}};
/// As if the text went through objects of Apache's generated code, which write fields of default
/// requiredness in any case; keys are the names of the IDL, enums are numbers.
inline constexpr Profile apache{
    .text = {.accept_text_numbers = false, .enums_as_numbers = true, .keys = Keys::name},
    .options = {.default_fields = MissingFields::all, .unknown_fields = Unknown::skip}};
/// What is not said is not written, and what is doubtful is an error.
inline constexpr Profile strict{.text = {.accept_text_numbers = false,
                                         .not_finite = NotFinite::error,
                                         .reject_unknown_numbers = true},
                                .options = {.reject_duplicate_fields = true,
                                            .reject_duplicate_keys = true,
                                            .default_fields = MissingFields::none,
                                            .unknown_fields = Unknown::error}};

/// A profile of this header with its name, such as "kitex_json".
struct NamedProfile {
  std::string_view name{};  ///< lives as long as the program
  Profile profile{};        ///< the profile of that name
};
/// All profiles of this header.
inline constexpr std::array<NamedProfile, 4> profiles{{
    {"kitex_json", kitex_json},
    {"kitex_http", kitex_http},
    {"apache", apache},
    {"strict", strict},
}};

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

// Editions and the features that they set: what "proto2", "proto3" and an edition come to, and what
// a declaration overrides.
// Entry: features_of_syntax, merge_features. Invariant: resolved Features have no unset member.
// Defaults per edition are those that descriptor.proto gives with edition_defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::pb::descriptors {

// Values of the enums within FeatureSet; 0 stands for "not set here".
enum class Presence : std::uint8_t { unset, explicit_, implicit, legacy_required };
enum class EnumKind : std::uint8_t { unset, open, closed };
enum class Repeated : std::uint8_t { unset, packed, expanded };
enum class Utf8 : std::uint8_t { unset, verify = 2, none = 3 };
enum class Encoding : std::uint8_t { unset, length_prefixed, delimited };
enum class JsonFormat : std::uint8_t { unset, allow, legacy_best_effort };

struct Features {
  Presence presence = Presence::unset;
  EnumKind enum_kind = EnumKind::unset;
  Repeated repeated = Repeated::unset;
  Utf8 utf8 = Utf8::unset;
  Encoding encoding = Encoding::unset;
  JsonFormat json = JsonFormat::unset;
};

enum class Syntax : std::uint8_t { proto2, proto3, editions };

// What FileDescriptorProto.syntax and .edition say; nothing if they are unknown or disagree.
[[nodiscard]] std::optional<Syntax> syntax_of(std::string_view syntax,
                                              std::int32_t edition) noexcept;
[[nodiscard]] Features features_of_syntax(Syntax syntax) noexcept;

// Sets in `to` what a serialized FeatureSet sets; false if that is malformed or has a value that
// no known edition knows.
[[nodiscard]] bool read_features(std::string_view feature_set, Features& to) noexcept;
// Those of an inner declaration: `outer`, with what `own` sets.
[[nodiscard]] Features inherit(const Features& outer, const Features& own) noexcept;

}  // namespace wirejit::pb::descriptors

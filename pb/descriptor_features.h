// The features of proto2, proto3 and editions, and how declarations override them.
// Entry: features_of_syntax, inherit. Invariant: resolved Features have no unset member. Defaults
// per edition are the edition_defaults of descriptor.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::pb::descriptors {

// Values of the enums within FeatureSet; 0 means "not set here".
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

// The syntax that FileDescriptorProto.syntax and .edition name; nullopt if they are unknown or
// disagree.
[[nodiscard]] std::optional<Syntax> syntax_of(std::string_view syntax,
                                              std::int32_t edition) noexcept;
[[nodiscard]] Features features_of_syntax(Syntax syntax) noexcept;

// Sets in `to` the features that a serialized FeatureSet sets. Returns false if the bytes are
// malformed or contain a value that no known edition has.
[[nodiscard]] bool read_features(std::string_view feature_set, Features& to) noexcept;
// The features of an inner declaration: `outer`, overridden by `own`.
[[nodiscard]] Features inherit(const Features& outer, const Features& own) noexcept;

}  // namespace wirejit::pb::descriptors

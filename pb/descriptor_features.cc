// Features by edition and by declaration.
// Entry: syntax_of, features_of_syntax, read_features, inherit. Invariant: a file of an edition
// that is not listed here is rejected, because the edition's defaults are not known.
#include "pb/descriptor_features.h"

#include "pb/descriptor_walk.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

// Edition in descriptor.proto.
constexpr std::int32_t edition_proto2 = 998;
constexpr std::int32_t edition_proto3 = 999;
// 2023, 2024, 2026 and the one for unscheduled features. All have the same defaults of the six
// features that affect wire and schema.
constexpr std::int32_t known_editions[] = {1000, 1001, 1002, 9999};

template <class E>
void override_with(E& member, E own) noexcept {
  if (own != E::unset) {
    member = own;
  }
}

// Sets a member to a number from `first` to `last`. Returns false for other numbers.
template <class E>
bool set(E& member, std::uint64_t number, E first, E last) noexcept {
  if (number < static_cast<std::uint64_t>(first) || number > static_cast<std::uint64_t>(last)) {
    return false;
  }
  member = static_cast<E>(number);
  return true;
}

}  // namespace

std::optional<Syntax> syntax_of(std::string_view syntax, std::int32_t edition) noexcept {
  if (syntax.empty() || syntax == "proto2") {
    return edition == 0 || edition == edition_proto2 ? std::optional(Syntax::proto2) : std::nullopt;
  }
  if (syntax == "proto3") {
    return edition == 0 || edition == edition_proto3 ? std::optional(Syntax::proto3) : std::nullopt;
  }
  const bool known = std::ranges::find(known_editions, edition) != std::end(known_editions);
  return syntax == "editions" && known ? std::optional(Syntax::editions) : std::nullopt;
}

Features features_of_syntax(Syntax syntax) noexcept {
  switch (syntax) {
    case Syntax::proto2:
      return {Presence::explicit_, EnumKind::closed,          Repeated::expanded,
              Utf8::none,          Encoding::length_prefixed, JsonFormat::legacy_best_effort};
    case Syntax::proto3:
      return {Presence::implicit,        EnumKind::open,   Repeated::packed, Utf8::verify,
              Encoding::length_prefixed, JsonFormat::allow};
    case Syntax::editions: break;
  }
  return {Presence::explicit_,       EnumKind::open,   Repeated::packed, Utf8::verify,
          Encoding::length_prefixed, JsonFormat::allow};
}

bool read_features(std::string_view feature_set, Features& to) noexcept {
  FieldWalker walker(feature_set);
  bool good = true;
  while (const auto f = walker.next()) {
    if (f->type != WireType::varint) {
      continue;
    }
    switch (f->number) {
      case 1:
        good &= set(to.presence, f->value, Presence::explicit_, Presence::legacy_required);
        break;
      case 2: good &= set(to.enum_kind, f->value, EnumKind::open, EnumKind::closed); break;
      case 3: good &= set(to.repeated, f->value, Repeated::packed, Repeated::expanded); break;
      case 4: good &= set(to.utf8, f->value, Utf8::verify, Utf8::none); break;
      case 5:
        good &= set(to.encoding, f->value, Encoding::length_prefixed, Encoding::delimited);
        break;
      case 6:
        good &= set(to.json, f->value, JsonFormat::allow, JsonFormat::legacy_best_effort);
        break;
      default: break;
    }
  }
  return good && !walker.failed();
}

Features inherit(const Features& outer, const Features& own) noexcept {
  Features f = outer;
  override_with(f.presence, own.presence);
  override_with(f.enum_kind, own.enum_kind);
  override_with(f.repeated, own.repeated);
  override_with(f.utf8, own.utf8);
  override_with(f.encoding, own.encoding);
  override_with(f.json, own.json);
  return f;
}

}  // namespace wirejit::pb::descriptors

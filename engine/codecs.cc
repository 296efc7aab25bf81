// Engine: what users ask for, checked, as requests.
// Entry: Engine::compile_encoder, compile_decoder, transcoder.
#include "core/no_throw.h"
#include "core/own_type.h"
#include "engine/request.h"
#include "memory/format.h"

#include <wirejit/engine.h>

#include <utility>

namespace wirejit {

using engine::Target;
using engine::Wanted;

Engine::Engine(const EngineOptions& options)
    : state_(std::make_shared<engine::EngineImpl>(options)) {}
bool Engine::generates_code() const noexcept { return engine::impl_of(*this).generates_code(); }
std::string Engine::describe() const { return engine::impl_of(*this).describe(); }

// ---- C++ types

namespace {

// What is costly about a codec of a C++ type: the schema that it is read and written by, which is
// the one given, checked, or one derived from the registration.
Result<void> complete(Wanted& wanted, const StructLayout& s) {
  if (wanted.type != nullptr) {
    return check_layout(s, *wanted.type->structure);
  }
  Result<Schema> derived = schema_of(s);
  if (!derived) {
    return std::unexpected(std::move(derived.error()));
  }
  const StructType* root = derived->structs().empty() ? nullptr : derived->find_struct(s.name);
  if (root == nullptr) {
    return std::unexpected(Error(Errc::internal, "no schema for " + s.name));
  }
  wanted.type = derived->type_of(*root);
  wanted.schema = std::move(*derived);
  return {};
}

// Between a format and a C++ type, which is written if `decodes`.
Result<engine::Handle> compile_for_type(const engine::EngineImpl& engine, const Layout& layout,
                                        const Schema* schema, const StructType* type,
                                        const Format& format, const Options& options,
                                        bool decodes) {
  return core::without_throwing([&]() -> Result<engine::Handle> {
    if (layout.form != Form::structure) {
      return std::unexpected(
          Error(Errc::unsupported, "a C++ type at the root must be a registered struct"));
    }
    const StructLayout& s = *layout.structure();
    // Layouts that an application has made by hand are told apart by their addresses, which are
    // never generations.
    const Format memory = memory::format(
        layout,
        {.identity = s.generation != 0 ? s.generation : reinterpret_cast<std::uintptr_t>(&s)});
    Wanted wanted{.from = decodes ? format : memory,
                  .to = decodes ? memory : format,
                  .schema = {},
                  .type = nullptr,
                  .options = options};
    if (type != nullptr) {
      const Result<const Type*> own = core::own_type(*schema, *type);
      if (!own) {
        return std::unexpected(own.error());
      }
      wanted.schema = *schema;
      wanted.type = *own;
    }
    return engine::compile(engine, std::move(wanted),
                           [&](Wanted& now) { return complete(now, s); });
  });
}

}  // namespace

Result<Engine::Handle> Engine::compile_encoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const {
  return compile_for_type(engine::impl_of(*this), layout, schema, type, format, options, false);
}

Result<Engine::Handle> Engine::compile_decoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const {
  return compile_for_type(engine::impl_of(*this), layout, schema, type, format, options, true);
}

// ---- Transcoders

namespace {

// Within one schema; T is Type or StructType.
template <class T>
Result<engine::Handle> compile_within(const engine::EngineImpl& engine, const Schema& schema,
                                      const T& type, const Format& from, const Format& to,
                                      const Options& options) {
  return core::without_throwing([&]() -> Result<engine::Handle> {
    const Result<const Type*> own = core::own_type(schema, type);
    if (!own) {
      return std::unexpected(own.error());
    }
    return engine::compile(
        engine, {.from = from, .to = to, .schema = schema, .type = *own, .options = options});
  });
}

}  // namespace

Result<Transcoder> Engine::transcoder(const Schema& schema, const Type& type, const Format& from,
                                      const Format& to, const Options& options) const {
  return wrap<Transcoder>(compile_within(engine::impl_of(*this), schema, type, from, to, options));
}

Result<Transcoder> Engine::transcoder(const Schema& schema, const StructType& type,
                                      const Format& from, const Format& to,
                                      const Options& options) const {
  return wrap<Transcoder>(compile_within(engine::impl_of(*this), schema, type, from, to, options));
}

Result<Transcoder> Engine::transcoder(const Schema& from_schema, const StructType& from_type,
                                      const Format& from, const Schema& to_schema,
                                      const StructType& to_type, const Format& to, Match match,
                                      const Options& options) const {
  return core::without_throwing([&]() -> Result<Transcoder> {
    const Result<const Type*> source = core::own_type(from_schema, from_type);
    if (!source) {
      return std::unexpected(source.error());
    }
    const Result<const Type*> target = core::own_type(to_schema, to_type);
    if (!target) {
      return std::unexpected(target.error());
    }
    return wrap<Transcoder>(
        engine::compile(engine::impl_of(*this), {.from = from,
                                                 .to = to,
                                                 .schema = from_schema,
                                                 .type = *source,
                                                 .target = Target{to_schema, *target, match},
                                                 .options = options}));
  });
}

}  // namespace wirejit

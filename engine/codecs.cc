// Engine's functions that make codecs of C++ types, converters and transcoders: each checks its
// arguments, makes a CodecSpec of them and compiles that.
// Entry: Engine::compile, compile_converter, transcoder. Invariant: types in a CodecSpec belong to
// its schema.
#include "core/no_throw.h"
#include "core/own_type.h"
#include "engine/request.h"
#include "memory/format.h"

#include <wirejit/engine.h>

#include <utility>

namespace wirejit {

using engine::CodecSpec;
using engine::Target;

Engine::Engine(const EngineOptions& options)
    : state_(std::make_shared<engine::EngineImpl>(options)) {}
const Engine& Engine::shared() {
  // Never destroyed: destructors of static objects may still use it.
  static const Engine* const engine = new Engine();
  return *engine;
}

bool Engine::generates_code() const noexcept { return engine::impl_of(*this).generates_code(); }
std::string Engine::describe() const { return engine::impl_of(*this).describe(); }

// ---- C++ types

namespace {

Result<detail::Compilation> compilation_of(Result<engine::Handle>&& codec) {
  if (!codec) {
    return std::unexpected(std::move(codec.error()));
  }
  return detail::Compilation{.first = std::move(*codec)};
}

// The layout of a codec's root, which must be a registered struct.
Result<const StructLayout*> root_of(const Layout& layout) {
  if (layout.form != Form::structure) {
    return std::unexpected(
        Error(Errc::unsupported, "a C++ type at the root must be a registered struct"));
  }
  return layout.structure();
}

// The format of C++ objects with this layout. A layout that the application made by hand has no
// generation: its address, which never equals a generation, is its identity.
Format memory_of(const Layout& layout, const StructLayout& s) {
  return memory::format(
      layout,
      {.identity = s.generation != 0 ? s.generation : reinterpret_cast<std::uintptr_t>(&s)});
}

// The type of a schema that is derived from the registration of a struct.
Result<TypeRef> derived_type(const StructLayout& s) {
  const Result<Schema> derived = schema_of(s);
  if (!derived) {
    return std::unexpected(derived.error());
  }
  const Result<StructRef> root = derived->find_struct(s.name);
  if (!root) {
    return std::unexpected(Error(Errc::internal, "no schema for " + s.name));
  }
  return TypeRef(*root);
}

// Checks the layout against the type in `spec`; if there is none, derives type and schema from the
// registration. This is slow, and done only for codecs that are not in the cache.
Result<void> complete(CodecSpec& spec, const StructLayout& s) {
  if (spec.type != nullptr) {
    return check_layout(s, *spec.type->structure);
  }
  const Result<TypeRef> derived = derived_type(s);
  if (!derived) {
    return std::unexpected(derived.error());
  }
  spec.type = &derived->get();
  spec.schema = derived->schema();
  return {};
}

// Compiles a decoder, or an encoder, of a C++ type. `type`: null for the derived schema.
Result<engine::Handle> compile_for_type(const engine::EngineImpl& engine, const Layout& layout,
                                        const StructRef* type, const Format& format,
                                        const Options& options, bool decodes) {
  const Result<const StructLayout*> root = root_of(layout);
  if (!root) {
    return std::unexpected(root.error());
  }
  const Format memory = memory_of(layout, **root);
  CodecSpec spec{.from = decodes ? format : memory,
                 .to = decodes ? memory : format,
                 .schema = {},
                 .type = nullptr,
                 .options = options};
  if (type != nullptr) {
    const TypeRef ref = *type;
    if (Result<void> valid = core::check_own(ref); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    spec.schema = ref.schema();
    spec.type = &ref.get();
  }
  return engine::compile(engine, std::move(spec),
                         [&](CodecSpec& unfinished) { return complete(unfinished, **root); });
}

}  // namespace

Result<detail::Compilation> Engine::compile(const Layout& layout, const StructRef* type,
                                            const Format& format, const Options& options,
                                            Side side) const {
  return core::without_throwing([&]() -> Result<detail::Compilation> {
    detail::Compilation compilation;
    for (const bool decodes : {false, true}) {
      if (side == (decodes ? Side::encoder : Side::decoder)) {
        continue;
      }
      Result<engine::Handle> codec =
          compile_for_type(engine::impl_of(*this), layout, type, format, options, decodes);
      if (!codec) {
        return std::unexpected(std::move(codec.error()));
      }
      (compilation.first == nullptr ? compilation.first : compilation.second) = std::move(*codec);
    }
    return compilation;
  });
}

// ---- Between C++ types

Result<detail::Compilation> Engine::compile_converter(const Layout& from, const Layout& to,
                                                      Match match, const Options& options) const {
  return core::without_throwing([&]() -> Result<detail::Compilation> {
    const Result<const StructLayout*> source = root_of(from);
    const Result<const StructLayout*> target = source ? root_of(to) : source;
    if (!target) {
      return std::unexpected(target.error());
    }
    const auto complete_both = [&](CodecSpec& spec) -> Result<void> {
      const Result<TypeRef> read = derived_type(**source);
      const Result<TypeRef> written = read ? derived_type(**target) : read;
      if (!written) {
        return std::unexpected(written.error());
      }
      spec.schema = read->schema();
      spec.type = &read->get();
      spec.target->schema = written->schema();
      spec.target->type = &written->get();
      return {};
    };
    Options now = options;
    now.alias_input = false;  // there is no input
    return compilation_of(
        engine::compile(engine::impl_of(*this),
                        {.from = memory_of(from, **source),
                         .to = memory_of(to, **target),
                         .schema = {},
                         .type = nullptr,
                         .target = Target{.schema = {}, .type = nullptr, .match = match},
                         .options = now},
                        complete_both));
  });
}

// ---- Transcoders

Result<Transcoder> Engine::transcoder(const TypeRef& type, const Format& from, const Format& to,
                                      const Options& options) const {
  return core::without_throwing([&]() -> Result<Transcoder> {
    if (Result<void> valid = core::check_own(type); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    return wrap<Transcoder>(
        compilation_of(engine::compile(engine::impl_of(*this), {.from = from,
                                                                .to = to,
                                                                .schema = type.schema(),
                                                                .type = &type.get(),
                                                                .options = options})));
  });
}

Result<Transcoder> Engine::transcoder(const StructRef& from_type, const Format& from,
                                      const StructRef& to_type, const Format& to, Match match,
                                      const Options& options) const {
  return core::without_throwing([&]() -> Result<Transcoder> {
    const TypeRef source = from_type;
    const TypeRef target = to_type;
    for (const TypeRef* type : {&source, &target}) {
      if (Result<void> valid = core::check_own(*type); !valid) {
        return std::unexpected(std::move(valid.error()));
      }
    }
    return wrap<Transcoder>(compilation_of(engine::compile(
        engine::impl_of(*this), {.from = from,
                                 .to = to,
                                 .schema = source.schema(),
                                 .type = &source.get(),
                                 .target = Target{target.schema(), &target.get(), match},
                                 .options = options})));
  });
}

}  // namespace wirejit

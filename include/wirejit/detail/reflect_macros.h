// The preprocessor part of reflect.h: walks a macro's argument list of any length up to 288 items.
// Entry: WIREJIT_DETAIL_FOR_EACH(macro, items...), WIREJIT_DETAIL_REGISTER. Invariant: all names
// that reach the user's code begin with WIREJIT_DETAIL_ or wirejit_.
//
// Eight items are taken per step; a step ends in the name of the next one, and each scan of EXPAND
// makes one more step. That keeps the scans few: the text already produced is read again by every
// one of them.
#pragma once

#define WIREJIT_DETAIL_PARENTHESES ()
#define WIREJIT_DETAIL_EXPAND(...)                                         \
  WIREJIT_DETAIL_EXPAND_1(WIREJIT_DETAIL_EXPAND_1(WIREJIT_DETAIL_EXPAND_1( \
      WIREJIT_DETAIL_EXPAND_1(WIREJIT_DETAIL_EXPAND_1(WIREJIT_DETAIL_EXPAND_1(__VA_ARGS__))))))
#define WIREJIT_DETAIL_EXPAND_1(...)                                       \
  WIREJIT_DETAIL_EXPAND_2(WIREJIT_DETAIL_EXPAND_2(WIREJIT_DETAIL_EXPAND_2( \
      WIREJIT_DETAIL_EXPAND_2(WIREJIT_DETAIL_EXPAND_2(WIREJIT_DETAIL_EXPAND_2(__VA_ARGS__))))))
#define WIREJIT_DETAIL_EXPAND_2(...) __VA_ARGS__

#define WIREJIT_DETAIL_FOR_EACH(macro, ...) \
  __VA_OPT__(WIREJIT_DETAIL_EXPAND(WIREJIT_DETAIL_STEP_1(macro, __VA_ARGS__)))
#define WIREJIT_DETAIL_STEP_AGAIN() WIREJIT_DETAIL_STEP_1
#define WIREJIT_DETAIL_STEP_1(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_2(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_2(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_3(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_3(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_4(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_4(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_5(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_5(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_6(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_6(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_7(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_7(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_8(macro, __VA_ARGS__))
#define WIREJIT_DETAIL_STEP_8(macro, item, ...) \
  macro(item) __VA_OPT__(WIREJIT_DETAIL_STEP_AGAIN WIREJIT_DETAIL_PARENTHESES(macro, __VA_ARGS__))

// 1 if the argument begins with a parenthesis, else 0.
#define WIREJIT_DETAIL_IS_GROUP(x) WIREJIT_DETAIL_SECOND(WIREJIT_DETAIL_GROUP_PROBE x, 0, ~)
#define WIREJIT_DETAIL_GROUP_PROBE(...) ~, 1
#define WIREJIT_DETAIL_SECOND(...) WIREJIT_DETAIL_SECOND_OF(__VA_ARGS__)
#define WIREJIT_DETAIL_SECOND_OF(first, second, ...) second
#define WIREJIT_DETAIL_JOIN(a, b) WIREJIT_DETAIL_JOIN_EXPANDED(a, b)
#define WIREJIT_DETAIL_JOIN_EXPANDED(a, b) a##b

// A constexpr function of the user's namespace that returns what is said of Type, and its
// registration. The registration is a friend that argument-dependent look-up finds from everywhere,
// so that the macro may stand in any namespace. offsetof of types that are not of standard layout
// works in all compilers that we know as long as there is no virtual base.
#define WIREJIT_DETAIL_REGISTER(Type, ...)                                                  \
  _Pragma("GCC diagnostic push")                                                            \
      _Pragma("GCC diagnostic ignored \"-Winvalid-offsetof\"") constexpr auto               \
      wirejit_describe(::wirejit::detail::Tag<Type>) noexcept {                             \
    using wirejit_type [[maybe_unused]] = Type;                                             \
    return __VA_ARGS__;                                                                     \
  }                                                                                         \
  _Pragma("GCC diagnostic pop") static_assert(                                              \
      ::wirejit::detail::Registration<                                                      \
          Type, static_cast<decltype(wirejit_describe(::wirejit::detail::Tag<Type>{})) (*)( \
                    ::wirejit::detail::Tag<Type>) noexcept>(&wirejit_describe)>::done);

#define WIREJIT_DETAIL_STRUCT(Type, flavor, ...)                  \
  WIREJIT_DETAIL_REGISTER(                                        \
      Type,                                                       \
      ::wirejit::detail::Members{#Type,                           \
                                 ::wirejit::StructFlavor::flavor, \
                                 {WIREJIT_DETAIL_FOR_EACH(WIREJIT_DETAIL_MEMBER, __VA_ARGS__){}}})
#define WIREJIT_DETAIL_MEMBER(item) WIREJIT_DETAIL_MEMBER_OF item
#define WIREJIT_DETAIL_MEMBER_OF(id, member, ...)                   \
  {id,                                                              \
   #member,                                                         \
   __builtin_offsetof(wirejit_type, member),                        \
   &::wirejit::detail::layout_slot<decltype(wirejit_type::member)>, \
   {__VA_ARGS__}},

#define WIREJIT_DETAIL_VARIANT(Type, ...)    \
  WIREJIT_DETAIL_REGISTER(                   \
      Type, ::wirejit::detail::Alternatives{ \
                #Type, {WIREJIT_DETAIL_FOR_EACH(WIREJIT_DETAIL_ALTERNATIVE, __VA_ARGS__){}}})
#define WIREJIT_DETAIL_ALTERNATIVE(item) WIREJIT_DETAIL_ALTERNATIVE_OF item
#define WIREJIT_DETAIL_ALTERNATIVE_OF(id, name, ...) {id, #name, 0, nullptr, {__VA_ARGS__}},

#define WIREJIT_DETAIL_ENUM(Type, ...)                                                   \
  WIREJIT_DETAIL_REGISTER(Type, ::wirejit::detail::Enumerators{{WIREJIT_DETAIL_FOR_EACH( \
                                    WIREJIT_DETAIL_ENUMERATOR, __VA_ARGS__){}}})
#define WIREJIT_DETAIL_ENUMERATOR(item) \
  WIREJIT_DETAIL_JOIN(WIREJIT_DETAIL_ENUMERATOR_, WIREJIT_DETAIL_IS_GROUP(item))(item)
#define WIREJIT_DETAIL_ENUMERATOR_0(name) \
  {#name, ::wirejit::detail::enum_number(wirejit_type::name)},
#define WIREJIT_DETAIL_ENUMERATOR_1(item) WIREJIT_DETAIL_ENUMERATOR_OF item
#define WIREJIT_DETAIL_ENUMERATOR_OF(name, value) {#name, ::wirejit::detail::enum_number(value)},

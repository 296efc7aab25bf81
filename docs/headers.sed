# What doxygen does not see of the public headers: defaulted constructors, destructors and
# assignments. They do what the language says, and have no comment. Lines keep their numbers.
s/^ *[A-Za-z:&<> ~=]*\(.*\)( const)?( noexcept)? = default;.*$//

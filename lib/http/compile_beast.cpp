// Beast, compiled once: everything else that includes it is built with
// BOOST_BEAST_SEPARATE_COMPILATION.
#include <boost/beast/src.hpp>

#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

/// Asio's names, bound to the one executor of this layer.
namespace cocached::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

/// A coroutine of this layer. Always given to a TaskGroup or awaited, never detached.
template <class T>
using Task = asio::awaitable<T, Executor>;

/// Completion token: `auto [error, result] = co_await ...`. A client that leaves is a value.
inline constexpr auto as_value = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace cocached::net

<%= header %>
FROM alpine

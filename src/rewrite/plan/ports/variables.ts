/** Variables that by their name say a port. */
export const PORT_VARIABLE =
  /^(PORT|[A-Z0-9_]*_PORT|[A-Z0-9_]*PORT|ASPNETCORE_URLS|ASPNETCORE_HTTPS?_PORTS|.*(LISTEN|BIND)(_ADDR(ESS)?)?|SERVER_NAME)$/;
/** Variables that name somebody else's port. */
export const OTHERS_PORT =
  /(DB|DATABASE|MYSQL|POSTGRES|PG|REDIS|MONGO|SMTP|MAIL|PROXY|RABBIT|AMQP|KAFKA|REMOTE|UPSTREAM|BACKEND|API|LDAP|DEBUG)/;

# syntax=docker/dockerfile:1
#
#   docker build -t irisync .                          the app server
#   docker build -t irisync-worker --target worker .   the worker that publishes; run as many as you like
#
# Settings come from the environment (.env.example explains each); none is baked in.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund

FROM dependencies AS build
COPY . .
ENV BUILD_STANDALONE=true NEXT_TELEMETRY_DISABLED=1
RUN npm run build

# The worker runs the sources, so it needs everything they are made of.
FROM dependencies AS worker
ENV NODE_ENV=production
COPY . .
USER node
CMD ["node_modules/.bin/tsx", "--conditions=react-server", "scripts/worker.ts"]

FROM node:24-slim AS app
WORKDIR /app
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOSTNAME=0.0.0.0 PORT=3000
COPY --from=build --chown=node:node /app/.next/standalone ./
COPY --from=build --chown=node:node /app/.next/static ./.next/static
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]

# One image for every container of a network: a node's supervisor by default, the control service where compose says so.
# Node runs the TypeScript as it stands, so nothing is compiled; the first stage only fetches the packages that are shipped.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the one package that needs one here (`node`, for older machines) is for development.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# A named volume takes the owner of the folder that it is mounted on.
RUN mkdir /data && chown node:node /data
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY node node
COPY sim sim
USER node
STOPSIGNAL SIGTERM
CMD ["node", "sim/cluster/supervisor.ts"]

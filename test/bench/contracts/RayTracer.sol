// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A small ray tracer in fixed point (six decimals): three spheres, one of them a mirror and one of half a mirror's strength, over a
/// chequered floor, one light with shadows, up to four bounces. Vectors and spheres are structs in memory, arithmetic is checked.
contract RayTracer {
    int256 private constant ONE = 1e6;
    int256 private constant FAR = 1e12;
    int256 private constant NEAR = 1e3;
    int256 private constant WIDTH = 64;
    int256 private constant HEIGHT = 48;

    struct Vector {
        int256 x;
        int256 y;
        int256 z;
    }

    struct Ray {
        Vector origin;
        Vector direction;
    }

    struct Sphere {
        Vector centre;
        int256 radius;
        Vector colour;
        int256 reflection;
    }

    struct Hit {
        int256 distance;
        Vector point;
        Vector normal;
        Vector colour;
        int256 reflection;
    }

    /// Renders so many points of the picture, again and again from its beginning, and returns a hash over their colours.
    function run(uint256 count) external pure returns (uint256 hash) {
        Sphere[] memory spheres = scene();
        uint256 free;
        assembly {
            free := mload(0x40)
        }
        for (uint256 n = 0; n < count; n++) {
            int256 point = int256((n * 1597) % uint256(WIDTH * HEIGHT));
            Vector memory colour = trace(spheres, cameraRay(point % WIDTH, point / WIDTH));
            int256 sum = (clamp(colour.x) << 16) | (clamp(colour.y) << 8) | clamp(colour.z);
            assembly {
                mstore(0, hash)
                mstore(32, sum)
                hash := keccak256(0, 64)
                mstore(0x40, free) // a point's vectors are no longer needed
            }
        }
    }

    function scene() private pure returns (Sphere[] memory spheres) {
        spheres = new Sphere[](3);
        spheres[0] = Sphere(Vector(-1100000, 0, 4200000), ONE, Vector(900000, 200000, 200000), 200000);
        spheres[1] = Sphere(Vector(1100000, 100000, 3800000), 1100000, Vector(800000, 800000, 900000), 900000);
        spheres[2] = Sphere(Vector(100000, -600000, 2500000), 400000, Vector(200000, 900000, 300000), 500000);
    }

    function cameraRay(int256 column, int256 row) private pure returns (Ray memory) {
        int256 x = ((column - WIDTH / 2) * ONE * 4) / (WIDTH * 3);
        int256 y = ((HEIGHT / 2 - row) * ONE) / HEIGHT;
        return Ray(Vector(0, 0, -ONE), unit(Vector(x, y, ONE)));
    }

    function trace(Sphere[] memory spheres, Ray memory ray) private pure returns (Vector memory colour) {
        colour = Vector(0, 0, 0);
        int256 strength = ONE;
        for (uint256 bounce = 0; bounce < 4 && strength > 10000; bounce++) {
            Hit memory hit = closest(spheres, ray);
            if (hit.distance == FAR) {
                int256 height = (ray.direction.y + ONE) / 2;
                colour = add(colour, scale(Vector(ONE - height / 2, ONE - height / 3, ONE), strength));
                break;
            }
            int256 light = illumination(spheres, hit);
            colour = add(colour, scale(scale(hit.colour, light), (strength * (ONE - hit.reflection)) / ONE));
            strength = (strength * hit.reflection) / ONE;
            int256 along = 2 * dot(ray.direction, hit.normal);
            ray = Ray(hit.point, unit(sub(ray.direction, scale(hit.normal, along))));
        }
    }

    function closest(Sphere[] memory spheres, Ray memory ray) private pure returns (Hit memory hit) {
        hit.distance = FAR;
        uint256 found = spheres.length;
        for (uint256 i = 0; i < spheres.length; i++) {
            int256 distance = intersect(spheres[i], ray);
            if (distance < hit.distance) (hit.distance, found) = (distance, i);
        }
        if (ray.direction.y < -NEAR) {
            int256 distance = ((-ONE - ray.origin.y) * ONE) / ray.direction.y;
            if (distance > NEAR && distance < hit.distance) {
                hit.distance = distance;
                hit.point = add(ray.origin, scale(ray.direction, distance));
                hit.normal = Vector(0, ONE, 0);
                bool isDark = ((floor(hit.point.x) + floor(hit.point.z)) & 1) == 0;
                hit.colour = isDark ? Vector(150000, 150000, 150000) : Vector(ONE, ONE, ONE);
                hit.reflection = 250000;
                return hit;
            }
        }
        if (found == spheres.length) return hit;
        Sphere memory sphere = spheres[found];
        hit.point = add(ray.origin, scale(ray.direction, hit.distance));
        hit.normal = unit(sub(hit.point, sphere.centre));
        hit.colour = sphere.colour;
        hit.reflection = sphere.reflection;
    }

    function intersect(Sphere memory sphere, Ray memory ray) private pure returns (int256) {
        Vector memory toCentre = sub(sphere.centre, ray.origin);
        int256 along = dot(toCentre, ray.direction);
        int256 square = (sphere.radius * sphere.radius) / ONE - dot(toCentre, toCentre) + (along * along) / ONE;
        if (square < 0) return FAR;
        int256 half = root(square * ONE);
        if (along - half > NEAR) return along - half;
        return along + half > NEAR ? along + half : FAR;
    }

    function illumination(Sphere[] memory spheres, Hit memory hit) private pure returns (int256) {
        Vector memory toLight = unit(sub(Vector(-3000000, 5000000, -1000000), hit.point));
        int256 angle = dot(toLight, hit.normal);
        if (angle <= 0) return 100000;
        Ray memory shadow = Ray(hit.point, toLight);
        for (uint256 i = 0; i < spheres.length; i++) if (intersect(spheres[i], shadow) != FAR) return 100000;
        return 100000 + (angle * 9) / 10;
    }

    function unit(Vector memory a) private pure returns (Vector memory) {
        int256 length = root(a.x * a.x + a.y * a.y + a.z * a.z);
        return Vector((a.x * ONE) / length, (a.y * ONE) / length, (a.z * ONE) / length);
    }

    /// Newton's method; the result is rounded down.
    function root(int256 square) private pure returns (int256 result) {
        if (square == 0) return 0;
        result = square;
        int256 next = ONE + square / ONE;
        while (next != result && next != result + 1) (result, next) = (next, (next + square / next) / 2);
    }

    function add(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x + b.x, a.y + b.y, a.z + b.z);
    }

    function sub(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x - b.x, a.y - b.y, a.z - b.z);
    }

    function scale(Vector memory a, int256 by) private pure returns (Vector memory) {
        return Vector((a.x * by) / ONE, (a.y * by) / ONE, (a.z * by) / ONE);
    }

    function dot(Vector memory a, Vector memory b) private pure returns (int256) {
        return (a.x * b.x + a.y * b.y + a.z * b.z) / ONE;
    }

    function floor(int256 a) private pure returns (int256) {
        return a >= 0 ? a / ONE : (a - ONE + 1) / ONE;
    }

    function clamp(int256 a) private pure returns (int256) {
        int256 scaled = (a * 255) / ONE;
        return scaled < 0 ? int256(0) : scaled > 255 ? int256(255) : scaled;
    }
}
